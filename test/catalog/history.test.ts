import { expect, test } from "vitest";
import { Catalog } from "../../src/catalog/catalog.ts";
import { History } from "../../src/catalog/history.ts";
import { brakeKey, instanceKey, operatorKey, voteKey } from "../../src/catalog/keys.ts";
import type { Item } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { type Change, operate, putInstance, settle, vote } from "../support/registry.ts";

/** A catalog and its history, of which each commit is one second later than the one before; the table came at second 0. */
function recorded(...commits: readonly (readonly Change[])[]) {
  const [catalog, history] = [new Catalog(), new History()];
  let revision = 0;
  const fold = (item: Parameters<Catalog["apply"]>[0]) => {
    const touched = nothingTouched();
    catalog.apply(item, touched);
    history.fold(catalog, touched, revision * 1000);
  };
  const commit = (changes: readonly Change[]) => {
    revision++;
    const puts = changes.flatMap((change): Item[] =>
      typeof change === "string" ? [] : [{ key: change[0], value: JSON.stringify(change[1]), revision }],
    );
    fold({ kind: "change", revision, puts, deletes: changes.filter((change) => typeof change === "string") });
  };
  fold({ kind: "reset", revision: 0, items: [], why: "start" });
  for (const changes of commits) commit(changes);
  const told = (service: string) =>
    [...history.of(service)].map(({ revision: at, was, rule, came, left }) => {
      const moves = [...came.map(({ id, why }) => `+${id} ${why}`), ...left.map(({ id, why }) => `-${id} ${why}`)];
      return `${at} ${was}→${rule} ${moves.join(", ")}`.trim();
    });
  return { catalog, history, commit, fold, told };
}

const two = [putInstance("web", "a"), putInstance("web", "b")];

test.each<[what: string, commits: Change[][], events: string[]]>([
  ["who is registered comes", [two], ["1 empty→up +a registered: passing: no check, +b registered: passing: no check"]],
  ["who falls leaves", [two, [vote("web", "a", "critical")]], ["2 up→up -a critical: because"]],
  [
    "who recovers comes",
    [two, [vote("web", "a", "critical")], [vote("web", "a", "passing")]],
    ["3 up→up +a passing: because"],
  ],
  ["who goes leaves", [two, [instanceKey("web", "a")]], ["2 up→up -a deregistered"]],
  [
    "a warning changes nothing",
    [two, [vote("web", "a", "warning")]],
    ["1 empty→up +a registered: passing: no check, +b registered: passing: no check"],
  ],
  ["an operator takes out", [two, [operate("web", "b", "maintenance")]], ["2 up→up -b maintenance: work"]],
  [
    "what is in one publication is one event",
    [two, [vote("web", "a", "critical"), operate("web", "b", "draining"), putInstance("web", "c")]],
    ["2 up→up +c registered: passing: no check, -a critical: because, -b draining: work"],
  ],
  [
    "the last to fall brings all back that ever passed",
    [two, [vote("web", "a", "critical")], [vote("web", "b", "critical")]],
    ["3 up→failOpen +a by the rule failOpen"],
  ],
  [
    "with the policy none nobody is left",
    [
      [...two, settle("web", { failurePolicy: "none" })],
      [vote("web", "a", "critical"), vote("web", "b", "critical")],
    ],
    ["2 up→failClosed -a critical: because, -b critical: because"],
  ],
  [
    "others stand in, and go when they are not needed any more",
    [
      [putInstance("web", "a"), putInstance("spare", "s"), settle("web", { failover: [{ service: "spare" }] })],
      [vote("web", "a", "critical")],
      [putInstance("spare", "t")],
      [vote("web", "a", "passing")],
    ],
    [
      "4 failover→up +a passing: because, -spare/s stands in no more, -spare/t stands in no more",
      "3 failover→failover +spare/t stands in",
      "2 up→failover +spare/s stands in, -a critical: because",
    ],
  ],
  [
    "whom a brake holds stays",
    [two, [vote("web", "a", "critical"), [brakeKey("web"), { since: 2, reason: "", atMs: 0, untilMs: 1 }]]],
    ["2 up→braked"],
  ],
  [
    "settings that change nobody's lot are no event",
    [two, [settle("web", { ttlSeconds: 9 })]],
    ["1 empty→up +a registered: passing: no check, +b registered: passing: no check"],
  ],
  [
    "a service that goes leaves its history",
    [two, two.map(([key]) => key as string)],
    ["2 up→empty -a deregistered, -b deregistered"],
  ],
])("%s", (_, commits, events) => {
  expect(
    recorded(...commits)
      .told("web")
      .slice(0, events.length),
  ).toEqual(events);
});

test("it tells who was answered at a time, back to the table that it began with", () => {
  const { history, catalog } = recorded(
    two,
    [vote("web", "a", "critical")],
    [vote("web", "b", "critical")],
    [voteKey("web", "a", "local"), voteKey("web", "b", "local")],
    [operate("web", "a", "maintenance"), putInstance("web", "c")],
    [operatorKey("web", "a"), instanceKey("web", "b")],
  );
  const at = (seconds: number) => {
    const past = history.at("web", catalog, seconds * 1000);
    return past && `${past.rule} ${past.answered.join(" ")}`.trim();
  };
  expect([-1, 0, 0.5, 1, 2, 2.9, 3, 4, 5, 6, 99].map(at)).toEqual([
    undefined,
    "empty",
    "empty",
    "up a b",
    "up b",
    "up b",
    "failOpen a b",
    "up a b",
    "up b c",
    "up a c",
    "up a c",
  ]);
});

test("of a service that never was nobody was answered", () => {
  const { history, catalog } = recorded(two);
  expect([history.at("none", catalog, 500), [...history.of("none")]]).toEqual([{ rule: "empty", answered: [] }, []]);
});

test("it is bounded: the oldest goes, and a time before what is left is refused", () => {
  const { history, catalog, commit, told } = recorded(two);
  for (let i = 0; i < 30_000; i++) commit([vote("web", "a", i % 2 === 0 ? "critical" : "passing")]);
  const { length } = told("web");
  const secondsFrom = history.rememberedFromMs / 1000;
  expect(length * 2).toBeLessThanOrEqual(50_000);
  expect(secondsFrom).toBe(30_001 - length);
  expect(history.at("web", catalog, (secondsFrom - 1) * 1000)).toBe(undefined);
  expect(history.at("web", catalog, secondsFrom * 1000)?.answered).toEqual(secondsFrom % 2 === 0 ? ["b"] : ["a", "b"]);
});

test("a table that is loaded again begins anew, since it does not say what happened in between", () => {
  const { history, told, fold } = recorded(two, [vote("web", "a", "critical")]);
  fold({ kind: "reset", revision: 9, items: [], why: "compacted" });
  expect([told("web"), history.rememberedFromMs]).toEqual([[], 2000]);
});
