import fc from "fast-check";
import { expect, test } from "vitest";
import { nameText } from "../../src/dns/name.ts";
import { base64Text } from "../../src/dns/text-encodings.ts";
import { parseKeyFile, parseTsigKey, type TsigKey } from "../../src/dns/tsig-key.ts";

const SECRET = "bXVzdGVyIHRlc3Qga2V5";

/** A key as it would be written after `dig -y`; undefined stays. */
function keyText(key: TsigKey | undefined): string | undefined {
  return key && `${key.algorithm}:${nameText(key.name)}:${base64Text(key.secret)}`;
}

test.each([
  [`hmac-sha256:web.:${SECRET}`, `hmac-sha256:web.:${SECRET}`],
  [`hmac-sha256:web:${SECRET}`, `hmac-sha256:web.:${SECRET}`],
  [`HMAC-SHA512:Web.Example.:${SECRET}`, `hmac-sha512:web.example.:${SECRET}`],
  ["hmac-sha1:web:/+8=", "hmac-sha1:web.:/+8="],
  [`hmac-sha224:a:b:${SECRET}`, `hmac-sha224:a:b.:${SECRET}`],
  [`hmac-sha384:web:${SECRET}`, `hmac-sha384:web.:${SECRET}`],
])("the key %s is read as %s", (text, key) => {
  expect(keyText(parseTsigKey(text))).toBe(key);
});

test.each([
  ["", "empty"],
  [SECRET, "the secret alone"],
  [`web:${SECRET}`, "no algorithm"],
  [`hmac-md5:web:${SECRET}`, "MD5, which must not be used"],
  [`hmac-md5.sig-alg.reg.int:web:${SECRET}`, "MD5 under its name in TSIG"],
  [`hmac-sha256-128:web:${SECRET}`, "an algorithm that is cut short"],
  [`constructor:web:${SECRET}`, "no algorithm, but a word that objects know"],
  [`hmac-sha256::${SECRET}`, "an empty name"],
  [`hmac-sha256:a..b:${SECRET}`, "an empty label"],
  ["hmac-sha256:web:", "an empty secret"],
  ["hmac-sha256:web:bXVzdGVyI", "base64 without its padding"],
  ["hmac-sha256:web:not base64!", "no base64"],
])("the key %j is none: %s", (text) => {
  expect(parseTsigKey(text)).toBeUndefined();
});

function keysOf(text: string): readonly (string | undefined)[] {
  const read = parseKeyFile(text);
  return "keys" in read ? read.keys.map(keyText) : [`problems: ${read.problems}`];
}

test("a key file is read as tsig-keygen writes it", () => {
  expect(keysOf(`key "ddns.example" {\n\talgorithm hmac-sha256;\n\tsecret "${SECRET}";\n};\n`)).toEqual([
    `hmac-sha256:ddns.example.:${SECRET}`,
  ]);
});

test("a key file holds several keys and comments in three styles", () => {
  const text = `# first { ; "
    key a { secret ${SECRET}; algorithm HMAC-SHA1; }; // and then
    /* key c { nothing
       of this; */ KEY "B.example." /**/ { algorithm "hmac-sha512"; secret "ab//+/cd"; } ;# done`;
  expect(keysOf(text)).toEqual([`hmac-sha1:a.:${SECRET}`, "hmac-sha512:b.example.:ab//+/cd"]);
});

test.each([
  ["empty", ""],
  ["of comments", "// nothing\n/* at all */\n"],
])("a key file %s has no keys", (_, text) => {
  expect(keysOf(text)).toEqual([]);
});

const CLAUSE = 'Cannot read clause as it must be key "NAME" { algorithm ALGORITHM; secret "BASE64"; };';
const ALGORITHMS = "hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512";
const clause = (algorithm: string, secret = `"${SECRET}"`) => `{\n  algorithm ${algorithm};\n  secret ${secret};\n};`;

test.each<[what: string, text: string, problems: string[]]>([
  ["another clause", 'options { directory "/"; };', [`1: ${CLAUSE}`]],
  ["no name", `\nkey ${clause("hmac-sha1")}`, [`2: ${CLAUSE}`]],
  ["no secret", "key a { algorithm hmac-sha1; };", [`1: ${CLAUSE}`]],
  ["two secrets", `key a { secret "${SECRET}"; secret "${SECRET}"; };`, [`1: ${CLAUSE}`]],
  ["a missing semicolon", `key a { algorithm hmac-sha1; secret "${SECRET}" };`, [`1: ${CLAUSE}`]],
  ["a missing brace", `key a { algorithm hmac-sha1; secret "${SECRET}";`, [`1: ${CLAUSE}`]],
  ["an open quote", `key a { algorithm hmac-sha1; secret "${SECRET}; };`, [`1: ${CLAUSE}`]],
  ["an open comment", `/* key a { algorithm hmac-sha1; secret "${SECRET}"; };`, [`1: ${CLAUSE}`]],
  ["a brace too many", `};\nkey a ${clause("hmac-sha1")}`, [`1: ${CLAUSE}`]],
  ["MD5", `key a ${clause("hmac-md5")}`, [`2: Cannot read key "a" as its algorithm must be one of ${ALGORITHMS}`]],
  [
    "no domain name",
    `key "a..b" ${clause("hmac-sha1")}`,
    ['1: Cannot read key "a..b" as its name must be a domain name'],
  ],
  [
    "no base64",
    `\nkey a ${clause("hmac-sha1", '"c2Vjc"')}`,
    ['4: Cannot read key "a" as its secret must be base64, and of one octet at least'],
  ],
  [
    "what stands in each other's place",
    `key a ${clause(SECRET, '"hmac-sha1"')}`,
    [`2: Cannot read key "a" as its algorithm must be one of ${ALGORITHMS}`],
  ],
  [
    "one name twice, in whatever case",
    `key a.x ${clause("hmac-sha1")}\nkey A.X. ${clause("hmac-sha1")}`,
    ['5: Cannot read key "A.X." as there is already a key a.x.'],
  ],
  [
    "several problems",
    `key a ${clause("none")}\nkey b ${clause("hmac-sha1")}\nzone c;`,
    [`2: Cannot read key "a" as its algorithm must be one of ${ALGORITHMS}`, `9: ${CLAUSE}`],
  ],
])("a key file with %s is refused, told by line and without the secret", (_, text, problems) => {
  expect(parseKeyFile(text)).toEqual({ problems });
  expect(problems.join()).not.toContain(SECRET);
});

test("no text makes the reader of key files throw or tell a secret", () => {
  const piece = fc.constantFrom(
    ...'{};"#/*\n ',
    "//",
    "/*",
    "*/",
    "key",
    "algorithm",
    "secret",
    "hmac-sha1",
    "a",
    "",
    "\0",
  );
  const text = fc.array(fc.oneof(piece, fc.constant(`secret "${SECRET}";`), fc.string({ maxLength: 3 })), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(text, (pieces) => {
      const read = parseKeyFile(pieces.join(" "));
      if ("problems" in read) expect(read.problems.join("\n")).not.toContain(SECRET);
    }),
  );
});
