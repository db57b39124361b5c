import { describe, expect, test } from "vitest";
import { parseTtlRule, serviceTtl, ttlSecondsOf } from "../../src/catalog/service-ttl.ts";

const RULES = ["web-*=2", "*=7", "web-a*=3", "web-a=4", "db=30", "web-*=9"];
const POLICY = { ttlSeconds: 5, ttlRules: RULES.map((text) => parseTtlRule(text)!) };

describe("the most specific rule decides on a service's TTL", () => {
  test.each([
    ["web-b", {}, 2, "serviceTtlSeconds web-*=2"],
    ["web-", {}, 2, "serviceTtlSeconds web-*=2"],
    ["web-ab", {}, 3, "serviceTtlSeconds web-a*=3"],
    ["web-a", {}, 4, "serviceTtlSeconds web-a=4"],
    ["db", {}, 30, "serviceTtlSeconds db=30"],
    ["db2", {}, 7, "serviceTtlSeconds *=7"],
    ["db", { ttlSeconds: 0 }, 0, "settings of the service"],
  ])("%s %j: %i s", (name, settings, seconds, from) => {
    expect(ttlSecondsOf(name, settings, POLICY)).toBe(seconds);
    expect(serviceTtl(name, settings, POLICY)).toEqual({ seconds, from });
  });

  test("where no rule speaks of it, it is the server's", () => {
    const policy = { ...POLICY, ttlRules: [parseTtlRule("db=30")!] };
    expect(serviceTtl("web", {}, policy)).toEqual({ seconds: 5, from: "ttlSeconds" });
  });
});
