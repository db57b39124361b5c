import { expect, test } from "vitest";
import { type Fault, openFields } from "../../src/catalog/fields.ts";
import { FLAP_DAMPING_DEFAULT, readFlapDamping, readHeartbeat } from "../../src/catalog/thresholds.ts";

function read<T>(body: unknown, reader: (fields: ReturnType<typeof openFields>) => T): T | string[] {
  const faults: Fault[] = [];
  const value = reader(openFields(body, "", ["heartbeat", "flapDamping"], faults));
  return faults.length === 0 ? value : faults.map(({ path, message }) => `${path} ${message}`);
}

test.each([
  [{}, {}],
  [{ heartbeat: {} }, { heartbeat: { passAfter: 1, failAfter: 1 } }],
  [{ heartbeat: { failAfter: 3 } }, { heartbeat: { passAfter: 1, failAfter: 3 } }],
  [{ heartbeat: { failAfter: 0 } }, ["/heartbeat/failAfter must be 1–100: got 0"]],
  [{ heartbeat: 2 }, ["/heartbeat must be an object: got 2"]],
  [{ heartbeat: { interval: 3 } }, ["/heartbeat/interval must not be given: known here are passAfter, failAfter"]],
])("the heartbeat thresholds of %j are %j", (body, expected) => {
  expect(read(body, (fields) => readHeartbeat(fields, true))).toEqual(expected);
});

test("thresholds of heartbeats want a lease", () => {
  const faults = read({ heartbeat: {} }, (fields) => readHeartbeat(fields, false));
  expect(faults).toEqual(["/heartbeat must not be given without leaseSeconds"]);
});

test.each([
  [{}, {}],
  [{ flapDamping: {} }, { flapDamping: FLAP_DAMPING_DEFAULT }],
  [{ flapDamping: { suppressAbove: 0 } }, { flapDamping: { ...FLAP_DAMPING_DEFAULT, suppressAbove: 0 } }],
  [{ flapDamping: { suppressAbove: 1 } }, { flapDamping: { ...FLAP_DAMPING_DEFAULT, suppressAbove: 1, reuseAt: 1 } }],
  [{ flapDamping: { reuseAt: 6 } }, ["/flapDamping/reuseAt must be 0.1–5: got 6"]],
  [{ flapDamping: { halfLifeSeconds: 0 } }, ["/flapDamping/halfLifeSeconds must be 1–86400: got 0"]],
  [{ flapDamping: true }, ["/flapDamping must be an object: got true"]],
])("the flap damping of %j is %j", (body, expected) => {
  expect(read(body, readFlapDamping)).toEqual(expected);
});
