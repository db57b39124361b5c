import { expect, test } from "vitest";
import type { Fault } from "../../src/catalog/fields.ts";
import { readServiceSettings } from "../../src/catalog/service-settings.ts";

const ORIGIN = { service: "web", present: {}, allowsExec: false };

const WHOLE = {
  ttlSeconds: 0,
  negativeTtlSeconds: 1,
  lastSecondsMax: 600,
  maxAnswers: 8,
  warningWeight: 0.25,
  slowStartSeconds: 30,
  failBelow: "30%",
  failover: [{ tag: "spare" }, { locality: "us-1" }, { service: "web-b", tag: "canary", locality: "eu-1a" }],
  failurePolicy: "last",
  selection: "nearest",
  brake: { aboveShare: 0.3, windowSeconds: 10, leastInstances: 3, holdSecondsMax: 120 },
};

test.each([
  [{}, {}],
  [WHOLE, WHOLE],
  [{ failBelow: 3 }, { failBelow: 3 }],
  [{ failBelow: "100%" }, { failBelow: "100%" }],
  [{ failover: [] }, {}],
  [{ failover: [{ service: "WEB-B" }] }, { failover: [{ service: "web-b" }] }],
  [{ failover: [{ service: "web", tag: "spare" }] }, { failover: [{ service: "web", tag: "spare" }] }],
  [{ brake: {} }, { brake: {} }],
  [{ brake: { aboveShare: 1 } }, { brake: { aboveShare: 1 } }],
  [{ warningWeight: 0 }, { warningWeight: 0 }],
])("the settings %j are %j", (body, settings) => {
  const faults: Fault[] = [];
  expect([readServiceSettings(body, ORIGIN, faults), faults]).toEqual([settings, []]);
});

const SHARE = 'must be a whole number 1–10000, or a share from "1%" to "100%"';

test.each<[body: object, faults: string[]]>([
  [{ ttlSeconds: 1.5 }, ["/ttlSeconds must be a whole number 0–604800: got 1.5"]],
  [{ negativeTtlSeconds: 0 }, ["/negativeTtlSeconds must be 1–86400: got 0"]],
  [{ failurePolicy: "some" }, ['/failurePolicy must be "all" or "last" or "none": got "some"']],
  [{ failBelow: 0 }, [`/failBelow ${SHARE}: got 0`]],
  [{ failBelow: 1.5 }, [`/failBelow ${SHARE}: got 1.5`]],
  [{ failBelow: "0%" }, [`/failBelow ${SHARE}: got "0%"`]],
  [{ failBelow: "101%" }, [`/failBelow ${SHARE}: got "101%"`]],
  [{ failBelow: "3" }, [`/failBelow ${SHARE}: got "3"`]],
  [{ failover: {} }, ["/failover must be an array: got {}"]],
  [{ failover: [{}] }, ["/failover/0 must name a service, a tag or a locality: got {}"]],
  [
    { failover: [{ service: "web" }] },
    ["/failover/0 must not be the service itself, which cannot stand in for itself"],
  ],
  [{ failover: [{ tag: "i" }] }, ['/failover/0/tag must not be one of the reserved tags i, leader: got "i"']],
  [{ failover: [{ zone: "a" }] }, ["/failover/0/zone must not be given: known here are service, tag, locality"]],
  [{ failover: Array(9).fill({ tag: "a" }) }, ["/failover must have at most 8 elements: got 9"]],
  [{ lastSecondsMax: 0 }, ["/lastSecondsMax must be 1–31536000: got 0"]],
  [{ maxAnswers: 0 }, ["/maxAnswers must be 1–65535: got 0"]],
  [{ warningWeight: 1.1 }, ["/warningWeight must be 0–1: got 1.1"]],
  [{ slowStartSeconds: -1 }, ["/slowStartSeconds must be 0–86400: got -1"]],
  [
    { selection: "best", brake: { aboveShare: 0, x: 1 } },
    [
      '/selection must be "all" or "random" or "roundRobin" or "hash" or "nearest": got "best"',
      "/brake/x must not be given: known here are aboveShare, windowSeconds, leastInstances, holdSecondsMax",
      "/brake/aboveShare must be 0.01–1: got 0",
    ],
  ],
  [{ brake: 1 }, ["/brake must be an object: got 1"]],
])("the settings %j are refused with %j", (body, expected) => {
  const faults: Fault[] = [];
  readServiceSettings(body, ORIGIN, faults);
  expect(faults.map(({ path, message }) => `${path} ${message}`)).toEqual(expected);
});
