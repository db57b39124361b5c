import { expect, test } from "vitest";
import { type Answer, ruleOf, type Settings } from "./rules.ts";
import { Instance, type Standing } from "./standing.ts";

/*
 * A model that agrees with every answer would find nothing, so here is what it must not agree with.
 */

const SETTINGS: Settings = { failurePolicy: "all", failBelow: 1, failover: [], brake: "off" };
const LATER_MS = 1000;

/** `?` passes or has fallen, as nobody can know yet. */
const GROUPS: Readonly<Record<string, readonly (Standing | "?")[]>> = {
  ppf: ["passing", "passing", "fallen"],
  pfn: ["passing", "fallen", "never"],
  ffn: ["fallen", "fallen", "never"],
  nn: ["never", "never"],
  oa: ["out", "absent"],
  "p?": ["passing", "?"],
};

const RULES: readonly [
  group: string,
  settings: Partial<Settings>,
  answered: string,
  ede: number | undefined,
  string?,
][] = [
  ["ppf", {}, "01", undefined, "up"],
  ["ppf", {}, "0", undefined],
  ["ppf", {}, "012", undefined],
  ["ppf", {}, "01", 0],
  ["ppf", { failBelow: 3 }, "012", 0, "failOpen"],
  ["ppf", { failBelow: 3 }, "01", undefined],
  ["ppf", { failBelow: "70%" }, "012", 0, "failOpen"],
  ["ppf", { failBelow: "60%" }, "012", 0],
  ["ppf", { failBelow: 3, failurePolicy: "none" }, "", 0, "failClosed"],
  ["ppf", { failBelow: 3, failurePolicy: "none" }, "", undefined],
  ["ppf", { brake: "on" }, "012", 0, "braked"],
  ["ppf", { brake: "on" }, "01", undefined],
  ["pfn", { failBelow: 2, failurePolicy: "last" }, "01", 0, "last"],
  ["pfn", { failBelow: 2, failurePolicy: "last" }, "0", 0],
  ["pfn", { failBelow: 2, failurePolicy: "last" }, "012", 0],
  ["ffn", {}, "01", 0, "failOpen"],
  ["ffn", {}, "012", 0],
  ["ffn", {}, "", 14],
  ["nn", {}, "", 14, "notReady"],
  ["nn", {}, "", 0],
  ["oa", {}, "", 0, "out"],
  ["oa", {}, "0", undefined],
  ["p?", {}, "01", undefined, "up"],
  ["p?", {}, "0", undefined, "up"],
  ["p?", {}, "1", undefined],
];

test.each(RULES)("of %s with %o the answer %j with EDE %s is by rule %s", (group, settings, answered, ede, rule) => {
  const instances = GROUPS[group]!.map((standing, n) => instanceOf(standing, `i-${n}`));
  const answer: Answer = { instances: new Set([...answered].map((n) => instances[Number(n)]!)), ede };
  expect(ruleOf(answer, { instances }, { ...SETTINGS, ...settings }, LATER_MS)).toBe(rule);
});

function instanceOf(standing: Standing | "?", id: string): Instance {
  const dueMs = standing === "?" ? 2 * LATER_MS : 1;
  const deadlines = { fallMs: dueMs, riseMs: 1, lateRiseMs: 1, longMs: 1, slowStartMs: 0 };
  const instance = new Instance(id, { tags: [], weight: 1, isInitiallyUp: standing !== "never" }, deadlines);
  instance.turn(
    standing === "passing" || standing === "?" ? "good" : standing === "warning" ? "warning" : "bad",
    0,
    true,
  );
  instance.enroll(true, 0);
  instance.enrolled(standing !== "absent", 0);
  if (standing === "?") instance.turn("bad", 10, true);
  if (standing === "out") instance.takenOut(true);
  return instance;
}
