import { expect, test } from "vitest";
import { Catalog } from "../src/catalog/catalog.ts";
import { parseTtlRule, type TtlPolicy } from "../src/catalog/service-ttl.ts";
import { nothingTouched } from "../src/catalog/touched.ts";
import { DrainTimes } from "../src/drain-times.ts";
import { type Change, putInstance, settle } from "./support/registry.ts";

const POLICY: TtlPolicy = { ttlSeconds: 5, ttlRules: [parseTtlRule("db-*=30")!] };

/** A table that is published at the times at which it changes. */
function table() {
  const catalog = new Catalog();
  const times = new DrainTimes();
  const publish = (atSeconds: number, policy: TtlPolicy, ...changes: Change[]) => {
    const touched = nothingTouched();
    const revision = catalog.revision + 1;
    const puts = changes.flatMap((each) =>
      typeof each === "string" ? [] : { key: each[0], value: JSON.stringify(each[1]), revision },
    );
    const deletes = changes.filter((each) => typeof each === "string");
    catalog.apply({ kind: "change", revision, puts, deletes }, touched);
    times.published(catalog, touched, policy, atSeconds * 1000);
  };
  return {
    changed: (atSeconds: number, ...changes: Change[]) => publish(atSeconds, POLICY, ...changes),
    reread: (atSeconds: number, policy: TtlPolicy) => publish(atSeconds, policy),
    seconds: (service: string, atSeconds: number) => times.secondsOf(service, atSeconds * 1000),
  };
}

test("a service is held for its TTL", () => {
  const { changed, seconds } = table();
  changed(0, putInstance("web", "a"), putInstance("db-1", "a"), settle("api", { ttlSeconds: 60 }));
  expect([seconds("web", 100), seconds("db-1", 100), seconds("api", 100), seconds("new", 100)]).toEqual([5, 30, 60, 5]);
});

test("a TTL that was lowered is waited for until it has run out", () => {
  const { changed, seconds } = table();
  changed(0, settle("web", { ttlSeconds: 60 }));
  changed(100, settle("web", { ttlSeconds: 2 }));
  changed(110, settle("web", { ttlSeconds: 1 }));
  expect([100, 110.5, 158, 159.5, 160, 161].map((at) => seconds("web", at))).toEqual([60, 50, 2, 1, 1, 1]);
});

test("settings that were deleted, and a policy that was read anew, are waited for as well", () => {
  const { changed, reread, seconds } = table();
  changed(0, putInstance("db-1", "a"), putInstance("web", "a"), settle("api", { ttlSeconds: 60 }));
  changed(100, "svc/api");
  expect([seconds("api", 100), seconds("api", 158), seconds("api", 200)]).toEqual([60, 5, 5]);
  reread(200, { ttlSeconds: 1, ttlRules: [] });
  expect([seconds("db-1", 200), seconds("db-1", 230), seconds("web", 201), seconds("web", 210)]).toEqual([30, 1, 4, 1]);
});

test("who stands in for others is held for as long as they are, and after that has ended", () => {
  const { changed, seconds } = table();
  changed(0, putInstance("spare", "a"), settle("web", { ttlSeconds: 60, failover: [{ service: "spare" }] }));
  expect([seconds("spare", 50), seconds("web", 50)]).toEqual([60, 60]);
  changed(100, settle("web", { ttlSeconds: 1 }));
  expect([seconds("spare", 110), seconds("spare", 200)]).toEqual([50, 5]);
});
