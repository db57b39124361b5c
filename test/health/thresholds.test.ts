import fc from "fast-check";
import { expect, test } from "vitest";
import type { CheckState } from "../../src/catalog/model.ts";
import { advance, counterAt } from "../../src/health/thresholds.ts";

const KINDS = { p: "passing", w: "warning", f: "failing" } as const;
const SIGNS: Readonly<Record<CheckState, string>> = { passing: "P", warning: "W", critical: "C" };

/** The states after each of the results: `ffp` with P gives `PCP`. */
function states(from: CheckState, results: string, passAfter: number, failAfter: number): string {
  let counter = counterAt(from);
  let states = "";
  for (const result of results) {
    counter = advance(counter, KINDS[result as keyof typeof KINDS], { passAfter, failAfter });
    states += SIGNS[counter.state];
  }
  return states;
}

test.each([
  // from, passAfter, failAfter, results, states
  ["critical", 1, 2, "p", "P"],
  ["critical", 3, 2, "ppp", "CCP"],
  ["critical", 3, 2, "ppfppp", "CCCCCP"],
  ["critical", 2, 2, "pw", "CW"],
  ["critical", 2, 2, "wp", "CP"],
  ["passing", 1, 1, "f", "C"],
  ["passing", 1, 3, "fff", "PPC"],
  ["passing", 1, 3, "ffpfff", "PPPPPC"],
  ["passing", 3, 3, "wpw", "WPW"],
  ["warning", 1, 2, "ff", "WC"],
  ["warning", 1, 2, "fwff", "WWWC"],
] as const)(
  "a check that is %s, with passAfter %i and failAfter %i, goes through %s as %s",
  (from, passAfter, failAfter, results, expected) => {
    expect(states(from, results, passAfter, failAfter)).toBe(expected);
  },
);

test("a check becomes critical only at the end of a row of failAfter failures, and leaves it only after passAfter others", () => {
  const results = fc.array(fc.constantFrom("p", "w", "f"), { maxLength: 60 });
  const row = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(results, row, row, (list, passAfter, failAfter) => {
      const reached = `P${states("passing", list.join(""), passAfter, failAfter)}`;
      list.forEach((_, i) => {
        const before = list.slice(0, i + 1).join("");
        const [was, is] = [reached[i], reached[i + 1]];
        if (was !== "C") expect(is === "C").toBe(before.endsWith("f".repeat(failAfter)));
        else expect(is !== "C").toBe(new RegExp(`[pw]{${passAfter}}$`).test(before));
      });
    }),
  );
});
