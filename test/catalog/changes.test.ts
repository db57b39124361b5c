import { expect, test } from "vitest";
import { deregister, patchInstance, register } from "../../src/catalog/changes.ts";
import { Draft, NO_PRECONDITION, type Precondition } from "../../src/catalog/draft.ts";
import { drain } from "../../src/catalog/draining.ts";
import { beginMaintenance } from "../../src/catalog/maintenance.ts";
import { mergePatch } from "../../src/catalog/merge-patch.ts";
import { LIMITS, type Registration } from "../../src/catalog/model.ts";
import { registrationBody } from "../../src/catalog/registration.ts";
import { deleteService, putService } from "../../src/catalog/service-changes.ts";
import { emptyTable, refusalOf, type Table } from "./changes-harness.ts";

const ANYHOW = { callerAddress: "192.0.2.1", clash: () => undefined, precondition: NO_PRECONDITION };
const WEB_1 = { service: "web", id: "i-1" };
const BY_FORCE = { precondition: NO_PRECONDITION, atMs: 0, force: true };
const given = (precondition: Precondition) => ({ ...ANYHOW, precondition });

function webTable(body: object = { address: "10.0.0.5", port: 80 }): Table {
  const table = emptyTable();
  table.commit((draft) => register(draft, WEB_1, body, ANYHOW));
  return table;
}

const registrationOf = (table: Table): Registration => table.catalog.instance("web", "i-1")!.registration;

test("a registration is one put that rests on what the catalog knows", () => {
  const draft = new Draft(emptyTable().catalog);
  register(draft, WEB_1, { address: "10.0.0.5" }, ANYHOW);
  expect(draft.guards).toEqual([{ key: "inst/web/i-1", revision: 0 }]);
  expect(draft.writes.map(({ kind, key }) => `${kind} ${key}`)).toEqual(["put inst/web/i-1"]);
});

test("registering the same again writes nothing and answers its revision", () => {
  const table = webTable();
  table.commit((draft) => register(draft, { service: "api", id: "i-1" }, {}, ANYHOW));
  expect(table.commit((draft) => register(draft, WEB_1, { ports: { web: 80 }, addresses: ["10.0.0.5"] }, ANYHOW))).toBe(
    1,
  );
  expect(table.catalog.revision).toBe(2);
});

test.each<[precondition: Precondition, whenAbsent: boolean, whenAtRevision1: boolean]>([
  [{ kind: "none" }, true, true],
  [{ kind: "exists" }, false, true],
  [{ kind: "absent" }, true, false],
  [{ kind: "revisions", revisions: [1] }, false, true],
  [{ kind: "revisions", revisions: [7, 1] }, false, true],
  [{ kind: "revisions", revisions: [2] }, false, false],
  [{ kind: "revisions", revisions: [0] }, true, false],
])("the precondition %j holds of an absent item: %j, of one at revision 1: %j", (precondition, whenAbsent, whenAt1) => {
  const tries = [emptyTable(), webTable()].map((table) =>
    refusalOf(() => register(new Draft(table.catalog), WEB_1, { weight: 1 }, given(precondition))),
  );
  const [absent, at1] = tries.map((outcome) => !outcome.startsWith("precondition-failed"));
  expect([absent, at1]).toEqual([whenAbsent, whenAt1]);
});

const put = (draft: Draft, key: string, value: object): number => {
  draft.put(key, value);
  return 0;
};

const PATCHES: readonly [before: object, patch: object, expected: object][] = [
  [
    { port: 80, tags: ["a"] },
    { tags: null, weight: 3 },
    { tags: [], weight: 3 },
  ],
  [{ port: 80, ports: { http: 81 } }, { port: 82, ports: null }, { ports: { web: { port: 82, protocol: "tcp" } } }],
  [{ address: "10.0.0.5" }, { address: "10.0.0.6", addresses: ["::1"] }, { addresses: ["10.0.0.6", "::1"] }],
  [{ port: 80 }, { port: 81 }, { ports: { web: { port: 81, protocol: "tcp" } } }],
  [
    { ports: { web: { port: 80, protocol: "udp" }, http: 8080 } },
    { port: 81 },
    { ports: { web: { port: 81, protocol: "udp" }, http: { port: 8080, protocol: "tcp" } } },
  ],
  [{ ports: { web: 80, http: 8080 } }, { port: null }, { ports: { http: { port: 8080, protocol: "tcp" } } }],
  [{ address: "10.0.0.5" }, { address: "10.0.0.6" }, { addresses: ["10.0.0.6"] }],
  [{ address: "10.0.0.5" }, { host: "db.example.com" }, { addresses: undefined, host: "db.example.com" }],
  [{ host: "db.example.com" }, { addresses: ["::1"] }, { addresses: ["::1"], host: undefined }],
  [{ meta: { a: "1", b: "2" } }, { meta: { a: null, c: "3" } }, { meta: { b: "2", c: "3" } }],
  [{ checks: [{ kind: "tcp", port: 1 }] }, { checks: null }, { checks: [], initialState: "passing" }],
  [{ leaseSeconds: 5 }, { leaseSeconds: null }, { leaseSeconds: undefined, deregisterAfterSeconds: 0 }],
];

test.each(PATCHES)("%j patched with %j becomes %j", (before, patch, expected) => {
  const table = webTable({ address: "10.0.0.5", ...before, ...("host" in before && { address: undefined }) });
  table.commit((draft) => patchInstance(draft, WEB_1, patch, ANYHOW));
  const body = registrationBody(registrationOf(table));
  expect(Object.fromEntries(Object.keys(expected).map((field) => [field, body[field]]))).toEqual(expected);
});

test.each<[name: string, change: (draft: Draft) => unknown, refusal: string]>([
  [
    "a patch of nothing",
    (d) => patchInstance(d, { service: "web", id: "x" }, {}, ANYHOW),
    'not-found: Cannot change instance "x" of "web" as it is not registered',
  ],
  [
    "a patch that is no object",
    (d) => patchInstance(d, WEB_1, 7, ANYHOW),
    'invalid: Cannot change instance "i-1" of "web" as the body must be an object: got 7',
  ],
  [
    "a patch to a bad value",
    (d) => patchInstance(d, WEB_1, { weight: -1 }, ANYHOW),
    'invalid: Cannot change instance "i-1" of "web" as weight must be 0–255: got -1',
  ],
  [
    "two faults",
    (d) => register(d, WEB_1, { weight: -1, x: 1, priority: -1 }, ANYHOW),
    'invalid: Cannot register instance "i-1" of "web" as x must not be given: known here are address, addresses, host, port, ports, tags, meta, priority, weight, locality, leaseSeconds, heartbeat, initialState, deregisterAfterSeconds, checks, and 2 more',
  ],
  [
    "deregistering nothing",
    (d) => deregister(d, { service: "db", id: "x" }, NO_PRECONDITION),
    'not-found: Cannot deregister instance "x" of "db" as it is not registered',
  ],
  [
    "deleting what passes",
    (d) => deleteService(d, "web", [], { force: false, precondition: NO_PRECONDITION }),
    'conflict: Cannot delete service "web" as no instance of it must pass, or force=true be given: 1 pass',
  ],
  [
    "deleting nothing",
    (d) => deleteService(d, "db", [], { force: true, precondition: NO_PRECONDITION }),
    'not-found: Cannot delete service "db" as there is no such service',
  ],
  [
    "a clash",
    (d) => register(d, { service: "www", id: "a" }, {}, { ...ANYHOW, clash: (name) => `${name} is a CNAME in a.zone` }),
    'conflict: Cannot register instance "a" of "www" as www is a CNAME in a.zone',
  ],
])("%s is refused", (_name, change, refusal) => {
  const table = webTable();
  expect(refusalOf(() => change(new Draft(table.catalog)))).toBe(refusal);
});

test("a service takes as many instances as the limit says, and existing ones may still change", () => {
  const table = emptyTable();
  table.commit((draft) => {
    for (let i = 0; i < LIMITS.instancesPerService; i++) register(draft, { service: "web", id: `i-${i}` }, {}, ANYHOW);
    return 0;
  });
  const draft = new Draft(table.catalog);
  expect(refusalOf(() => register(draft, { service: "web", id: "one-more" }, {}, ANYHOW))).toBe(
    'conflict: Cannot register instance "one-more" of "web" as a service must have at most 10000 instances',
  );
  expect(refusalOf(() => register(draft, WEB_1, { weight: 1 }, ANYHOW))).toBe("not refused");
  deregister(draft, WEB_1, NO_PRECONDITION);
  expect(refusalOf(() => register(draft, { service: "web", id: "one-more" }, {}, ANYHOW))).toBe("not refused");
});

test("deregistering takes the votes and the operator's word along", () => {
  const table = webTable();
  const vote = { generation: 1, state: "passing", reason: "", hasPassed: true, atMs: 0 };
  table.commit((draft) => put(draft, "vote/web/i-1/s1", vote));
  table.commit((draft) => beginMaintenance(draft, WEB_1, undefined, BY_FORCE));
  table.commit((draft) => deregister(draft, WEB_1, NO_PRECONDITION));
  expect([...table.items.keys()]).toEqual([]);
});

test("who was registered before another incarnation neither drains nor deregisters that", () => {
  const table = webTable({ leaseSeconds: 5 });
  table.commit((draft) => register(draft, WEB_1, { leaseSeconds: 5, tags: ["new"] }, ANYHOW));
  table.commit((draft) => deregister(draft, WEB_1, NO_PRECONDITION, 1));
  table.commit((draft) => register(draft, WEB_1, { leaseSeconds: 5 }, ANYHOW));
  const late = 'as another "i-1" has been registered since revision 2';
  const of = (change: (draft: Draft) => unknown) => refusalOf(() => change(new Draft(table.catalog)));
  expect(of((draft) => deregister(draft, WEB_1, NO_PRECONDITION, 2))).toBe(
    `precondition-failed: Cannot deregister instance "i-1" of "web" ${late}`,
  );
  expect(of((draft) => drain(draft, WEB_1, { ...BY_FORCE, heldSeconds: () => 30 }, 2))).toBe(
    `precondition-failed: Cannot drain instance "i-1" of "web" ${late}`,
  );
  expect(of((draft) => deregister(draft, WEB_1, NO_PRECONDITION, 4))).toBe("not refused");
});

test("a service's settings are replaced whole, and stored even when empty", () => {
  const table = emptyTable();
  expect(table.commit((draft) => putService(draft, "web", {}, NO_PRECONDITION))).toBe(1);
  expect(table.commit((draft) => putService(draft, "web", { ttlSeconds: 0 }, NO_PRECONDITION))).toBe(2);
  expect(table.commit((draft) => putService(draft, "web", { checks: [{ kind: "tcp" }] }, NO_PRECONDITION))).toBe(3);
  expect(Object.keys(table.catalog.services.get("web")!.settings)).toEqual(["checks"]);
});

test("deleting a service by force leaves nothing of it", () => {
  const table = webTable();
  table.commit((draft) => putService(draft, "web", { ttlSeconds: 3 }, NO_PRECONDITION));
  table.commit((draft) => put(draft, "cfg/service/web/head", { release: 1, atMs: 0, values: {}, secret: [] }));
  const force = { force: true, precondition: NO_PRECONDITION };
  table.commit((draft) => deleteService(draft, "web", ["cfg/service/web/head"], force));
  expect([...table.items.keys()]).toEqual([]);
  expect(table.catalog.services.has("web")).toBe(false);
});

test("changes of one draft see one another, and the last write of an item stands", () => {
  const table = emptyTable();
  table.commit((draft) => {
    register(draft, WEB_1, { port: 80 }, ANYHOW);
    patchInstance(draft, WEB_1, { weight: 5 }, ANYHOW);
    register(draft, { service: "web", id: "i-2" }, {}, ANYHOW);
    return deregister(draft, { service: "web", id: "i-2" }, NO_PRECONDITION);
  });
  expect(table.catalog.services.get("web")!.instances.map(({ id }) => id)).toEqual(["i-1"]);
  expect(registrationOf(table)).toMatchObject({ weight: 5, ports: [{ port: 80 }] });
});

test("what goes and comes back in one draft rests on the revision it had, and is a new incarnation", () => {
  const table = webTable({ leaseSeconds: 5 });
  table.commit((draft) => {
    deregister(draft, WEB_1, NO_PRECONDITION);
    register(draft, WEB_1, { leaseSeconds: 5 }, ANYHOW);
    expect(draft.guards).toEqual([{ key: "inst/web/i-1", revision: 1 }]);
    return 0;
  });
  expect(registrationOf(table).generation).toBe(2);
});

// RFC 7396, Appendix A.
test.each<[target: unknown, patch: unknown, result: unknown]>([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "foo" }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("mergePatch of %j with %j gives %j", (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result);
});
