import { expect, test } from "vitest";
import type { Parts } from "../../src/cli/parts.ts";
import { terminal } from "./terminal.ts";

const parts: Pick<Parts, "checkZones"> = {
  checkZones: async (path, discoveryZone) => {
    if (path === "bad") return { zones: [], problems: ["bad:3:7: Cannot read it", "bad:4:1: Cannot read that"] };
    return {
      zones: [
        { apex: `${path}.`, records: 3 },
        { apex: `${discoveryZone}.`, records: 1 },
      ],
      problems: [],
    };
  },
};

test("check-zone tells each zone", async () => {
  const it = terminal({ parts });
  expect([await it.run("check-zone", "good.test"), it.stderr]).toEqual([0, ""]);
  expect(it.stdout).toBe("good.test. records 3\nsvc.internal. records 1\n");
});

test.each([
  [["--zone", "Flag.Test."], {}, "flag.test."],
  [[], { MUSTER_ZONE: "env.test" }, "env.test."],
])("check-zone %j with %j knows the discovery zone", async (flags, env, apex) => {
  const it = terminal({ parts, env });
  await it.run("check-zone", "good.test", "--json", ...flags);
  expect(JSON.parse(it.stdout).zones[1]).toEqual({ apex, records: 1 });
});

test("check-zone tells every problem with its place and fails", async () => {
  const it = terminal({ parts });
  expect(await it.run("check-zone", "bad", "good.test")).toBe(1);
  expect(it.stdout.split("\n").slice(0, 2)).toEqual(["bad:3:7: Cannot read it", "bad:4:1: Cannot read that"]);
  expect(it.stderr).toBe("Cannot load the zones as there must be no problem: got 2\n");
});
