import fc from "fast-check";
import { expect, test } from "vitest";
import { type IncludedFile, parseMasterFile, problemText } from "../../src/dns/master-file.ts";
import { nameText, parseName } from "../../src/dns/name.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import { typeText } from "../../src/dns/type-names.ts";

/** The records of a file under example.com. as `owner TTL type RDATA`, then its problems. */
function linesOf(text: string, files: Readonly<Record<string, string>> = {}): string[] {
  const readInclude = (path: string): IncludedFile =>
    files[path] === undefined
      ? { kind: "refused", reason: "there is none" }
      : { kind: "file", file: path, text: files[path] };
  const options = { file: "x.zone", origin: parseName("example.com."), readInclude };
  const { records, problems } = parseMasterFile(text, options);
  const lines = records.map(
    ({ owner, ttl, type, rdata }) => `${nameText(owner)} ${ttl} ${typeText(type)} ${rdataText(type, rdata)}`,
  );
  return [...lines, ...problems.map(problemText)];
}

test.each([
  ["a class before the TTL", "a IN 60 A 10.0.0.1", "a.example.com. 60 A 10.0.0.1"],
  ["a TTL before the class", "a 60 IN A 10.0.0.1", "a.example.com. 60 A 10.0.0.1"],
  ["no class", "a 60 A 10.0.0.1", "a.example.com. 60 A 10.0.0.1"],
  ["CLASS1 for IN, TYPE1 for A", "a 60 CLASS1 TYPE1 10.0.0.1", "a.example.com. 60 A 10.0.0.1"],
  ["mnemonics in lower case", "a 60 in a 10.0.0.1", "a.example.com. 60 A 10.0.0.1"],
  ["a TTL in units", "a 1w2d3h4m5s A 10.0.0.1", "a.example.com. 788645 A 10.0.0.1"],
  ["a TTL in units, upper case", "a 1H30M A 10.0.0.1", "a.example.com. 5400 A 10.0.0.1"],
  ["the largest TTL", "a 2147483647 A 10.0.0.1", "a.example.com. 2147483647 A 10.0.0.1"],
  ["@ for the origin", "@ 60 NS @", "example.com. 60 NS example.com."],
  ["the root", ". 60 NS a.", ". 60 NS a."],
  ["an owner named like a type", "mx 60 A 10.0.0.1", "mx.example.com. 60 A 10.0.0.1"],
  ["an owner named like a class", "in 60 in A 10.0.0.1", "in.example.com. 60 A 10.0.0.1"],
  ["an owner named like a TTL", "60 60 A 10.0.0.1", "60.example.com. 60 A 10.0.0.1"],
  ["a wildcard", "* 60 A 10.0.0.1", "*.example.com. 60 A 10.0.0.1"],
  ["escapes in an owner", String.raw`\097\.b\$\"\; 60 A 10.0.0.1`, String.raw`a\.b\$\"\;.example.com. 60 A 10.0.0.1`],
  ["a case that is kept", "WwW 60 CNAME Other", "WwW.example.com. 60 CNAME Other.example.com."],
  ["a comment behind", "a 60 A 10.0.0.1;10.0.0.2", "a.example.com. 60 A 10.0.0.1"],
  ["a semicolon in quotes", 'a 60 TXT "x;y" ; z', 'a.example.com. 60 TXT "x;y"'],
  ["parentheses in quotes", 'a 60 TXT "(" ")"', 'a.example.com. 60 TXT "(" ")"'],
  ["quotes that touch", 'a 60 TXT a"b"c', 'a.example.com. 60 TXT "a" "b" "c"'],
  ["a tab between", "a\t60\tA\t10.0.0.1", "a.example.com. 60 A 10.0.0.1"],
  ["CRLF", "a 60 A 10.0.0.1\r\n", "a.example.com. 60 A 10.0.0.1"],
  ["a byte order mark", "\ufeffa 60 A 10.0.0.1", "a.example.com. 60 A 10.0.0.1"],
  ["parentheses over lines", "a 60 (\n A ; here\n\n10.0.0.1\n)", "a.example.com. 60 A 10.0.0.1"],
  ["parentheses within parentheses", "a (60 (A) 10.0.0.1)", "a.example.com. 60 A 10.0.0.1"],
  ["an unknown type", String.raw`a 60 TYPE65280 \# 1 ff`, String.raw`a.example.com. 60 TYPE65280 \# 1 FF`],
  ["a directive in lower case", "$ttl 60\na A 10.0.0.1", "a.example.com. 60 A 10.0.0.1"],
])("a record may have %s", (_, text, line) => {
  expect(linesOf(text)).toEqual([line]);
});

test.each(["", "\n\n", " \t\n", "; nothing", "\r\n", "()\n", "\ufeff"])("%j holds nothing", (text) => {
  expect(linesOf(text)).toEqual([]);
});

test("a blank at the line's beginning stands for the last owner, also across comments and faulty records", () => {
  expect(linesOf("a 60 A 10.0.0.1\n; x\n\n  TXT t\n\tNOPE\n 5 TXT u\n")).toEqual([
    "a.example.com. 60 A 10.0.0.1",
    'a.example.com. 60 TXT "t"',
    'a.example.com. 5 TXT "u"',
    'x.zone:5:2: Cannot read the record as its type must be a mnemonic or TYPEnnn: got "NOPE"',
  ]);
});

test("a TTL that is not stated is $TTL's, or else the last one stated (RFC 2308 §4, RFC 1035 §5.1)", () => {
  expect(linesOf("a 60 TXT 1\na TXT 2\n$TTL 1h\na TXT 3\na 5 TXT 4\na TXT 5\n")).toEqual([
    'a.example.com. 60 TXT "1"',
    'a.example.com. 60 TXT "2"',
    'a.example.com. 3600 TXT "3"',
    'a.example.com. 5 TXT "4"',
    'a.example.com. 3600 TXT "5"',
  ]);
});

test("a default TTL serves records before any other TTL", () => {
  const readInclude = (): IncludedFile => ({ kind: "refused", reason: "" });
  const { records } = parseMasterFile("a. A 10.0.0.1\n", { file: "x", origin: undefined, defaultTtl: 7, readInclude });
  expect(records.map(({ ttl }) => ttl)).toEqual([7]);
});

test("$ORIGIN completes what follows, itself too", () => {
  expect(linesOf("$ORIGIN sub\na 60 CNAME b\n$ORIGIN deep\n@ 60 CNAME .\n$ORIGIN other.\n@ 60 CNAME c\n")).toEqual([
    "a.sub.example.com. 60 CNAME b.sub.example.com.",
    "deep.sub.example.com. 60 CNAME .",
    "other. 60 CNAME c.other.",
  ]);
});

test("$INCLUDE reads a file under an origin of its own; origin and owner come back, $TTL stays (RFC 1035 §5.1)", () => {
  const files = { "inc/b": "$TTL 5\nx A 10.0.0.2\n$ORIGIN gone.\ny A 10.0.0.3\n", "c d": " TXT c" };
  expect(linesOf('a 60 A 10.0.0.1\n$INCLUDE inc/b sub\n A 10.0.0.4\n$INCLUDE "c d"\nz A 10.0.0.5', files)).toEqual([
    "a.example.com. 60 A 10.0.0.1",
    "x.sub.example.com. 5 A 10.0.0.2",
    "y.gone. 5 A 10.0.0.3",
    "a.example.com. 5 A 10.0.0.4",
    'a.example.com. 5 TXT "c"',
    "z.example.com. 5 A 10.0.0.5",
  ]);
});

test("records and problems know their file, line and column", () => {
  const readInclude = (): IncludedFile => ({ kind: "file", file: "b", text: "\n\n  A 10.0.0.2\n A x" });
  const options = { file: "a", origin: parseName("example."), readInclude };
  const { records, problems } = parseMasterFile("\na 60 ( A\n10.0.0.1 )\n$INCLUDE b\n", options);
  expect(records.map(({ file, line, column }) => [file, line, column])).toEqual([
    ["a", 2, 1],
    ["b", 3, 3],
  ]);
  expect(problems.map(({ file, line, column }) => [file, line, column])).toEqual([["b", 4, 4]]);
});

test("long runs of quotes, escapes and parentheses cost neither stack nor patience", () => {
  for (const run of ["\\\\", '"', '"\\"', "(", ")", "a ", "a.", "1h"]) {
    for (const before of ["", "a 60 TXT ", 'a 60 TXT "']) {
      expect(linesOf(before + run.repeat(300_000))).toHaveLength(1);
    }
  }
});

test("no text makes the reader throw", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "$ORIGIN ",
      "$INCLUDE b",
      "$TTL ",
      "\n",
      "\n ",
      "( ",
      " )",
      '"',
      "\\",
      ";",
      " IN ",
      " A ",
      " 60 ",
      " \\# 0 ",
    ),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      linesOf(pieces.join(""), { b: "a 60 A 10.0.0.1\n$INCLUDE b" });
    }),
    { numRuns: 3000 },
  );
});
