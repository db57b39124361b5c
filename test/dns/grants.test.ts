import { expect, test } from "vitest";
import { grantText, isGranted, parseGrant } from "../../src/dns/grants.ts";
import { parseName } from "../../src/dns/name.ts";

test.each([
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["2001:DB8::1", "2001:db8::1"],
  ["key Transfer", "key transfer."],
  ["key transfer.example.", "key transfer.example."],
  ["10.0.0.0/8 key k", "10.0.0.0/8 key k."],
  ["  ::1 \t key  a\\.b ", "::1 key a\\.b."],
  ["key key", "key key."],
])("%j is the grant %s", (text, canonical) => {
  const grant = parseGrant(text)!;
  expect(grantText(grant)).toBe(canonical);
  expect(parseGrant(canonical)).toEqual(grant);
});

test.each([
  "",
  "key",
  "key ",
  "10.0.0.0/8 key",
  "10.0.0.1/8",
  "10.0.0.1/8 key k",
  "10.0.0.0/8 10.0.0.0/8",
  "10.0.0.0/8key k",
  "key a b",
  "key a..b",
  "key k 10.0.0.0/8",
  "KEYS k",
  "transfer",
])("%j is no grant", (text) => {
  expect(parseGrant(text)).toBeUndefined();
});

const KEY = parseName("k.");
const OTHER = parseName("other.");

test.each([
  [[], "127.0.0.1", undefined, false],
  [["127.0.0.1"], "127.0.0.1", undefined, true],
  [["127.0.0.1"], "127.0.0.1", KEY, true],
  [["127.0.0.1"], "::ffff:127.0.0.1", undefined, true],
  [["127.0.0.1"], "127.0.0.2", KEY, false],
  [["key K"], "192.0.2.1", KEY, true],
  [["key K"], "192.0.2.1", OTHER, false],
  [["key K"], "192.0.2.1", undefined, false],
  [["192.0.2.0/24 key k"], "192.0.2.1", KEY, true],
  [["192.0.2.0/24 key k"], "192.0.2.1", undefined, false],
  [["192.0.2.0/24 key k"], "192.0.3.1", KEY, false],
  [["10.0.0.0/8", "key k"], "192.0.2.1", KEY, true],
  [["0.0.0.0/0"], "no address", undefined, false],
])("grants %j, client %s, key %j: granted is %s", (texts, address, key, isGrantedThen) => {
  const grants = texts.map((text) => parseGrant(text)!);
  expect(isGranted(grants, address, key)).toBe(isGrantedThen);
});
