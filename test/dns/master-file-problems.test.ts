import { expect, test } from "vitest";
import { type IncludedFile, parseMasterFile, problemText } from "../../src/dns/master-file.ts";
import { parseName } from "../../src/dns/name.ts";

const FILES: Readonly<Record<string, string>> = {
  self: "$INCLUDE self",
  ping: "$INCLUDE pong",
  pong: "$INCLUDE ping",
  bad: "b 60 A x",
};

function readInclude(path: string): IncludedFile {
  const depth = /^deep([0-9]+)$/.exec(path)?.[1];
  const text = depth === undefined ? FILES[path] : `$INCLUDE deep${Number(depth) + 1}`;
  return text === undefined ? { kind: "refused", reason: "there is none" } : { kind: "file", file: path, text };
}

function problemsOf(text: string): string[] {
  const options = { file: "x.zone", origin: parseName("example.com."), readInclude };
  return parseMasterFile(text, options).problems.map(problemText);
}

const TTL_RULE = "a TTL must be 0–2147483647 seconds, plain or as in 1h30m";
const LABEL = "x".repeat(64);

test.each([
  ["a 60 A 10.0.0.256", '1:8: Cannot read the A record as address must be an IPv4 address: got "10.0.0.256"'],
  ["a 60 MX 10", "1:11: Cannot read the MX record as exchange must be given: the record ends before it"],
  ['a 60 TXT "a" "b', "1:14: Cannot read the entry as a quoted string must end on its line"],
  ["a 60 HINFO (\n  cpu\n)", "2:6: Cannot read the HINFO record as os must be given: the record ends before it"],
  [
    "a 60 SOA a b ( 1\n 2\n 3 x 5 )",
    '3:4: Cannot read the SOA record as expire must be seconds below 2^32, plain or as in 1h30m: got "x"',
  ],
  ["a 60 MX 10 a..b", '1:12: Cannot read the MX record as a label must not be empty: got "a..b"'],
  ["a 60 NOPE x", '1:6: Cannot read the record as its type must be a mnemonic or TYPEnnn: got "NOPE"'],
  ["a 60 ANY x", '1:6: Cannot read the record as a zone must not hold its type: got "ANY"'],
  ["a 60 TYPE41 \\# 0", '1:6: Cannot read the record as a zone must not hold its type: got "TYPE41"'],
  ["a 60 CH TXT x", '1:6: Cannot read the record as its class must be IN: got "CH"'],
  ["a CLASS3 TXT x", '1:3: Cannot read the record as its class must be IN: got "CLASS3"'],
  ["a 60 IN", "1:8: Cannot read the record as its type must be given: the record ends before it"],
  ["a", "1:2: Cannot read the record as its type must be given: the record ends before it"],
  ["a 60 60 A 10.0.0.1", '1:6: Cannot read the record as its type must be a mnemonic or TYPEnnn: got "60"'],
  ["a A 10.0.0.1", "1:1: Cannot read the record as it must have a TTL, its own or by $TTL"],
  ["a 2147483648 A 10.0.0.1", `1:3: Cannot read the record as ${TTL_RULE}: got "2147483648"`],
  ["a 1x A 10.0.0.1", `1:3: Cannot read the record as ${TTL_RULE}: got "1x"`],
  [" 60 A 10.0.0.1", "1:2: Cannot read the record as no owner stands before it"],
  ['"a" 60 A 10.0.0.1', '1:1: Cannot read the owner as a name must not be quoted: got "a"'],
  ["a..b 60 A 10.0.0.1", '1:1: Cannot read the owner as a label must not be empty: got "a..b"'],
  [`${LABEL} 60 A 10.0.0.1`, `1:1: Cannot read the owner as a label must have at most 63 octets: got "${LABEL}"`],
  ["a 60 A 10.0.0.1 )", "1:17: Cannot read the entry as a parenthesis must be opened before it is closed"],
  ["\na 60 A ( 10.0.0.1\n", "2:8: Cannot read the entry as a parenthesis must be closed"],
  ["a 60 TXT b\\", "1:11: Cannot read the entry as an escape must be followed by a character"],
  ["a 60 TXT b\\\r\n", "1:11: Cannot read the entry as an escape must be followed by a character"],
  ["$ORIGIN", "1:8: Cannot read $ORIGIN as it must have 1 argument: got 0"],
  ["$ORIGIN a b", "1:11: Cannot read $ORIGIN as it must have 1 argument: got 2"],
  ["$ORIGIN a..", '1:9: Cannot set $ORIGIN as a label must not be empty: got "a.."'],
  ["$TTL 1x", `1:6: Cannot set $TTL as ${TTL_RULE}: got "1x"`],
  ["$INCLUDE", "1:9: Cannot read $INCLUDE as it must have 1 or 2 arguments: got 0"],
  ["$INCLUDE none", '1:10: Cannot include "none" as there is none'],
  ["$INCLUDE bad a..", '1:14: Cannot include "bad" as a label must not be empty: got "a.."'],
  ["$GENERATE 1-9 a$ A 10.0.0.$", "1:1: Cannot read $GENERATE as only BIND knows it: write its records out"],
  ["$NOPE", '1:1: Cannot read the entry as a directive must be $ORIGIN, $TTL or $INCLUDE: got "$NOPE"'],
])("%j has the problem %s", (text, problem) => {
  expect(problemsOf(text)).toEqual([`x.zone:${problem}`]);
});

test.each([
  ["$INCLUDE bad", 'bad:1:8: Cannot read the A record as address must be an IPv4 address: got "x"'],
  ["$INCLUDE self", 'self:1:10: Cannot include "self" as a file must not include itself'],
  ["$INCLUDE ping", 'pong:1:10: Cannot include "ping" as a file must not include itself'],
  ["$INCLUDE deep1", 'deep10:1:10: Cannot include "deep11" as includes must nest at most 10 deep'],
])("%j has a problem in the included file", (text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});

test.each(["a 60 A 10.0.0.1", "@ 60 A 10.0.0.1", "$ORIGIN a", "a. 60 NS @", "a. 60 NS b"])(
  "without an origin %j is refused",
  (text) => {
    expect(parseMasterFile(text, { file: "x", origin: undefined, readInclude }).problems).toEqual([
      expect.objectContaining({ message: expect.stringContaining("a relative name needs an origin ($ORIGIN)") }),
    ]);
  },
);

test("every problem of a file is found, and every other record read", () => {
  const text = 'a 60 A x\nb 60 A 10.0.0.1\nc 60 TXT "open\n$TTL\n   A y\nd 60 A 10.0.0.2 )\ne 60 A 10.0.0.3';
  const { records, problems } = parseMasterFile(text, { file: "x", origin: parseName("."), readInclude });
  expect(records.map(({ line }) => line)).toEqual([2, 7]);
  expect(problems.map(({ line, column }) => [line, column])).toEqual([
    [1, 8],
    [3, 10],
    [4, 5],
    [5, 6],
    [6, 17],
  ]);
});
