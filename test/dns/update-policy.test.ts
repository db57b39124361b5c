import { expect, test } from "vitest";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { typeNumber } from "../../src/dns/type-names.ts";
import { mayUpdate, parseUpdateGrant, updateGrantText } from "../../src/dns/update-policy.ts";

test.each([
  ["acme subtree example.org TXT", "acme. subtree example.org. TXT"],
  ["grant acme subtree example.org", "acme. subtree example.org."],
  [
    "  GRANT ACME.example NAME WWW.Example.org.  a aaaa TYPE65280 ",
    "acme.example. name www.example.org. A AAAA TYPE65280",
  ],
  ["dhcp subtree . ANY", "dhcp. subtree . ANY"],
  ["grant name grant.org", "grant. name grant.org."],
])("%s is the grant %s", (text, canonical) => {
  const grant = parseUpdateGrant(text);
  expect(grant && updateGrantText(grant)).toBe(canonical);
  expect(parseUpdateGrant(canonical)).toEqual(grant);
});

test.each([
  "",
  "acme",
  "acme subtree",
  "acme zone example.org",
  "acme subtree example..org",
  "a..b subtree example.org",
  "acme subtree example.org TXTT",
  "acme subtree example.org OPT",
  "acme subtree example.org AXFR",
  "deny acme subtree example.org",
])("%j is no grant", (text) => {
  expect(parseUpdateGrant(text)).toBeUndefined();
});

test.each([
  ["acme subtree example.org TXT", "example.org TXT", true],
  ["acme subtree example.org TXT", "a.b.example.org TXT", true],
  ["acme subtree example.org TXT", "example.org A", false],
  ["acme subtree example.org TXT", "otherexample.org TXT", false],
  ["acme subtree example.org TXT", "org TXT", false],
  ["acme name example.org TXT", "example.org TXT", true],
  ["acme name example.org TXT", "a.example.org TXT", false],
  ["acme name example.org TXT", "example.org ANY", true],
  ["acme name example.org TXT", "a.example.org ANY", false],
  ["acme subtree example.org", "example.org A", true],
  ["acme subtree example.org", "example.org TYPE65280", true],
  ["acme subtree example.org", "a.example.org NS", false],
  ["acme subtree example.org", "a.example.org SOA", false],
  ["acme subtree example.org", "a.example.org NSEC", false],
  ["acme subtree example.org NS", "a.example.org NS", true],
  ["acme subtree example.org ANY", "a.example.org NS", true],
])("%s lets update %s: %s", (text, record, expected) => {
  const [owner = "", type = ""] = record.split(" ");
  const number = type === "ANY" ? TYPE.ANY : typeNumber(type)!;
  expect(mayUpdate([parseUpdateGrant(text)!], parseName(owner), number)).toBe(expected);
});

test("one of several grants is enough, and of none nothing is granted", () => {
  const grants = ["acme subtree a.org TXT", "acme subtree b.org A"].map((text) => parseUpdateGrant(text)!);
  expect(mayUpdate(grants, parseName("b.org"), TYPE.A)).toBe(true);
  expect(mayUpdate(grants, parseName("b.org"), TYPE.TXT)).toBe(false);
  expect(mayUpdate([], parseName("b.org"), TYPE.A)).toBe(false);
});
