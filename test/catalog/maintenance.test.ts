import { expect, test } from "vitest";
import { deregister, register } from "../../src/catalog/changes.ts";
import { Draft, NO_PRECONDITION } from "../../src/catalog/draft.ts";
import { deregisterDrained, deregisterOf, drain, drainOf } from "../../src/catalog/draining.ts";
import { effectOf } from "../../src/catalog/effect.ts";
import {
  beginMaintenance,
  beginMaintenanceOf,
  endMaintenance,
  endMaintenanceOf,
} from "../../src/catalog/maintenance.ts";
import type { ServiceSettings } from "../../src/catalog/model.ts";
import { EVERY_INSTANCE, type Selector } from "../../src/catalog/selector.ts";
import { putService } from "../../src/catalog/service-changes.ts";
import { emptyTable, refusalOf, type Table } from "./changes-harness.ts";

const ANYHOW = { callerAddress: "192.0.2.1", clash: () => undefined, precondition: NO_PRECONDITION };
const CAREFUL = { precondition: NO_PRECONDITION, atMs: 1000, force: false };
const BY_FORCE = { ...CAREFUL, force: true };
const DRAINING = { ...CAREFUL, heldSeconds: (id: string) => (id === "a" ? 5 : 30.5) };
const WEB_1 = { service: "web", id: "i-1" };
const target = (id: string) => ({ service: "web", id });

/** Instances of web by id, which pass unless they say otherwise, and its settings. */
function webTable(instances: Readonly<Record<string, object>>, settings: ServiceSettings = {}): Table {
  const table = emptyTable();
  for (const [id, body] of Object.entries(instances))
    table.commit((draft) => register(draft, target(id), body, ANYHOW));
  table.commit((draft) => putService(draft, "web", settings, NO_PRECONDITION));
  return table;
}

const statesOf = ({ catalog }: Table) =>
  catalog.services.get("web")!.instances.map(({ id, operator }) => `${id} ${operator?.state ?? "-"}`);

test("maintenance has a reason, an author and an end when it is given them, and ends when it is told", () => {
  const table = webTable({ "i-1": {} });
  const body = { reason: "disk", author: "ada", untilSeconds: 60 };
  table.commit((draft) => beginMaintenance(draft, WEB_1, body, BY_FORCE));
  const { operator } = table.catalog.instance("web", "i-1")!;
  expect(operator).toEqual({ state: "maintenance", reason: "disk", author: "ada", atMs: 1000, untilMs: 61_000 });
  table.commit((draft) => endMaintenance(draft, WEB_1, NO_PRECONDITION));
  expect(table.catalog.instance("web", "i-1")!.operator).toBeUndefined();
});

test("every faulty field of a maintenance is told", () => {
  const table = webTable({ "i-1": {} });
  expect(
    refusalOf(() => beginMaintenance(new Draft(table.catalog), WEB_1, { untilSeconds: 0, until: 1 }, CAREFUL)),
  ).toBe(
    'invalid: Cannot put instance "i-1" of "web" into maintenance as until must not be given: known here are reason, author, untilSeconds, and 1 more',
  );
});

test("a drain outlasts the same registration and ends with another one; maintenance outlasts both", () => {
  const table = webTable({ "i-1": { address: "10.0.0.5" } });
  const stateAfter = (body: object) => {
    table.commit((draft) => register(draft, WEB_1, body, ANYHOW));
    return table.catalog.instance("web", "i-1")!.operator?.state;
  };
  table.commit((draft) => drain(draft, WEB_1, DRAINING) && 0);
  expect(stateAfter({ address: "10.0.0.5" })).toBe("draining");
  expect(stateAfter({ address: "10.0.0.6" })).toBeUndefined();
  table.commit((draft) => beginMaintenance(draft, WEB_1, {}, BY_FORCE));
  expect(stateAfter({ address: "10.0.0.7" })).toBe("maintenance");
});

const FLEET = {
  a: { tags: ["canary"], locality: "eu", meta: { version: "2" } },
  b: { locality: "eu", meta: { version: "1" } },
  c: { locality: "us", meta: { version: "1", rack: "7" } },
  d: { tags: ["canary"], initialState: "critical" },
};

test.each<[selector: Selector, ids: string]>([
  [{ tag: "canary", meta: {} }, "a d"],
  [{ locality: "eu", meta: {} }, "a b"],
  [{ states: ["critical"], meta: {} }, "d"],
  [{ meta: { version: "1" } }, "b c"],
  [{ meta: { version: "1", rack: "7" } }, "c"],
  [{ tag: "canary", states: ["passing"], meta: {} }, "a"],
])("maintenance of %j is that of %s", (selector, ids) => {
  const table = webTable(FLEET);
  table.commit((draft) => beginMaintenanceOf(draft, "web", selector, {}, CAREFUL));
  const taken = statesOf(table).filter((text) => text.endsWith("maintenance"));
  expect(taken.map((text) => text.split(" ")[0]).join(" ")).toBe(ids);
  table.commit((draft) => endMaintenanceOf(draft, "web", EVERY_INSTANCE, NO_PRECONDITION));
  expect(statesOf(table)).toEqual(["a -", "b -", "c -", "d -"]);
});

test("what drains goes on to, whatever maintenance begins or ends around it", () => {
  const table = webTable(FLEET);
  table.commit((draft) => drain(draft, target("b"), DRAINING) && 0);
  table.commit((draft) => beginMaintenanceOf(draft, "web", EVERY_INSTANCE, {}, BY_FORCE));
  expect(statesOf(table)[1]).toBe("b draining");
  table.commit((draft) => endMaintenanceOf(draft, "web", EVERY_INSTANCE, NO_PRECONDITION));
  expect(statesOf(table)).toEqual(["a -", "b draining", "c -", "d -"]);
});

const NONE_LEFT = (now: number) =>
  `as an instance of "web" must be left to answer, or force=true be given: of ${now} none would be`;
const UP = {};
const NEW = { initialState: "critical" };

/** Taking out `ids` one after the other in one draft. */
const takeOut = (draft: Draft, ids: string) => {
  for (const id of ids.split(" ")) beginMaintenance(draft, target(id), {}, CAREFUL);
  return 0;
};

test.each<[instances: Record<string, object>, settings: ServiceSettings, ids: string, isRefused: boolean]>([
  [{ a: UP }, {}, "a", true],
  [{ a: UP, b: UP }, {}, "a", false],
  [{ a: UP, b: UP }, {}, "a b", true],
  [{ a: UP, b: NEW }, {}, "a", true],
  [{ a: UP, b: NEW }, {}, "b", false],
  [{ a: NEW }, {}, "a", false],
  [{ a: UP, b: UP, c: UP }, { failBelow: 2, failurePolicy: "none" }, "a", false],
  [{ a: UP, b: UP, c: UP }, { failBelow: 2, failurePolicy: "none" }, "a b", true],
  [{ a: UP, b: UP }, { failBelow: "50%" }, "a", false],
  [{ a: UP, b: { tags: ["spare"] } }, { failover: [{ tag: "spare" }] }, "a", false],
])("of %j with %j, taking out %s is refused: %j", (instances, settings, ids, isRefused) => {
  const table = webTable(instances, settings);
  const refusal = refusalOf(() => takeOut(new Draft(table.catalog), ids));
  expect(refusal.startsWith("conflict")).toBe(isRefused);
});

test("who works is not left out because who does not would be answered by the failure policy", () => {
  const table = webTable({ a: {}, b: { leaseSeconds: 5 } });
  const { generation } = table.catalog.instance("web", "b")!.registration;
  const vote = { generation, state: "critical", reason: "lease over", hasPassed: true, atMs: 0 };
  table.commit((draft) => {
    draft.put("vote/web/b/s1", vote);
    return 0;
  });
  const begin = (id: string) => refusalOf(() => takeOut(new Draft(table.catalog), id));
  expect(begin("a")).toBe(`conflict: Cannot put instance "a" of "web" into maintenance ${NONE_LEFT(1)}`);
  table.commit((draft) => beginMaintenance(draft, target("a"), {}, BY_FORCE));
  expect(begin("b")).toBe(`conflict: Cannot put instance "b" of "web" into maintenance ${NONE_LEFT(1)}`);
});

test("another service that stands in is enough", () => {
  const table = webTable({ a: {} }, { failover: [{ service: "spare" }] });
  const begin = () => refusalOf(() => takeOut(new Draft(table.catalog), "a"));
  expect(begin()).toMatch(/^conflict/);
  table.commit((draft) => register(draft, { service: "spare", id: "s" }, {}, ANYHOW));
  expect(begin()).toBe("not refused");
});

test("who comes in the same draft counts among those left", () => {
  const table = webTable({ a: {} });
  const draft = new Draft(table.catalog);
  register(draft, target("b"), {}, ANYHOW);
  expect(refusalOf(() => takeOut(draft, "a"))).toBe("not refused");
});

test("of two who each take out one of two at once the later one is told of the other", () => {
  const table = webTable({ a: {}, b: {} });
  const draft = new Draft(table.catalog);
  takeOut(draft, "a");
  expect(draft.guards).toContainEqual({ key: "oper/web/b", revision: 0 });
});

test("maintenance of nobody is refused, and of everybody but by force", () => {
  const table = webTable(FLEET);
  const of = (selector: Selector) =>
    refusalOf(() => beginMaintenanceOf(new Draft(table.catalog), "web", selector, {}, CAREFUL));
  const action = 'Cannot put instances of "web" into maintenance';
  expect(of({ meta: { version: "9" } })).toBe(`not-found: ${action} as there is no such instance`);
  expect(of(EVERY_INSTANCE)).toBe(`conflict: ${action} ${NONE_LEFT(3)}`);
  expect(of({ locality: "eu", meta: {} })).toBe("not refused");
});

test("a drain of selected instances asks as maintenance does, and deregisters what was not registered anew", () => {
  const table = webTable(FLEET);
  expect(refusalOf(() => drainOf(new Draft(table.catalog), "web", EVERY_INSTANCE, DRAINING))).toBe(
    `conflict: Cannot drain instances of "web" ${NONE_LEFT(3)}`,
  );
  let drained: ReturnType<typeof drainOf> = [];
  table.commit((draft) => {
    drained = drainOf(draft, "web", { locality: "eu", meta: {} }, DRAINING);
    return 0;
  });
  expect(statesOf(table)).toEqual(["a draining", "b draining", "c -", "d -"]);
  const { instances } = table.catalog.services.get("web")!;
  expect(
    instances.map(({ operator }) => operator?.untilMs),
    "and a second",
  ).toEqual([1000 + 6000, 1000 + 31_500, undefined, undefined]);
  table.commit((draft) => register(draft, target("b"), { weight: 1 }, ANYHOW));
  table.commit((draft) => deregisterDrained(draft, "web", drained));
  expect(statesOf(table)).toEqual(["b -", "c -", "d -"]);
});

test("selected instances are deregistered at once", () => {
  const table = webTable(FLEET);
  expect(refusalOf(() => deregisterOf(new Draft(table.catalog), "web", EVERY_INSTANCE, CAREFUL))).toMatch(/^conflict/);
  table.commit((draft) => deregisterOf(draft, "web", { meta: { version: "1" } }, CAREFUL));
  expect(statesOf(table)).toEqual(["a -", "d -"]);
});

test("the effect of a draft is who would change, and how many would be answered", () => {
  const table = webTable(FLEET);
  const draft = new Draft(table.catalog);
  takeOut(draft, "a");
  deregister(draft, target("c"), NO_PRECONDITION);
  register(draft, target("e"), {}, ANYHOW);
  expect(effectOf(draft, table.catalog.services.get("web")!)).toEqual({
    instances: [
      { id: "a", state: "passing", becomes: "maintenance" },
      { id: "c", state: "passing" },
      { id: "e", becomes: "passing" },
    ],
    answered: { now: 3, afterwards: 2, rule: "up" },
  });
});
