import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemText } from "../src/dns/master-file.ts";
import { nameText } from "../src/dns/name.ts";
import { readZoneFiles } from "../src/zone-files.ts";

let root: string;
let zones: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "muster-zones-"));
  zones = join(root, "zones");
  mkdirSync(zones);
});

afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** The owners of each file by its name, and the problems, with the scratch directory left out. */
async function read(): Promise<{ files: Record<string, string[]>; problems: string[] }> {
  const { files, problems } = await readZoneFiles(zones);
  const relative = (text: string) => text.replaceAll(`${root}/`, "");
  return {
    files: Object.fromEntries(
      files.map(({ file, records }) => [relative(file), records.map(({ owner }) => nameText(owner))]),
    ),
    problems: problems.map((problem) => relative(problemText(problem))),
  };
}

test("every *.zone file is read, sorted, under the origin that its name states", async () => {
  write({
    "zones/svc.internal.zone": "@ 60 A 10.0.0.1\r\nwww 60 A 10.0.0.2",
    "zones/Other.test.zone": "@ 60 A 10.0.0.1",
    "zones/README.md": "not a zone",
    "zones/old.zone.bak": "not a zone",
  });
  expect((await readZoneFiles(zones)).files.map(({ origin }) => nameText(origin))).toEqual([
    "Other.test.",
    "svc.internal.",
  ]);
  expect(await read()).toEqual({
    files: {
      "zones/Other.test.zone": ["Other.test."],
      "zones/svc.internal.zone": ["svc.internal.", "www.svc.internal."],
    },
    problems: [],
  });
});

test("problems of all files are listed, and the records without one are there", async () => {
  write({ "zones/a.zone": "@ 60 A x\nb 60 A 10.0.0.1", "zones/b.zone": "@ A 10.0.0.1" });
  expect(await read()).toEqual({
    files: { "zones/a.zone": ["b.a."], "zones/b.zone": [] },
    problems: [
      'zones/a.zone:1:8: Cannot read the A record as address must be an IPv4 address: got "x"',
      "zones/b.zone:1:1: Cannot read the record as it must have a TTL, its own or by $TTL",
    ],
  });
});

test("$INCLUDE is relative to the including file and stays inside the directory", async () => {
  write({
    "zones/a.zone": "$INCLUDE inc/b.inc",
    "zones/inc/b.inc": "b 60 A 10.0.0.1\n$INCLUDE c.inc\n$INCLUDE ../d.inc",
    "zones/inc/c.inc": "c 60 A 10.0.0.1",
    "zones/d.inc": "d 60 A x",
  });
  symlinkSync("c.inc", join(zones, "inc/link.inc"));
  write({ "zones/e.zone": "$INCLUDE inc/link.inc" });
  expect(await read()).toEqual({
    files: { "zones/a.zone": ["b.a.", "c.a."], "zones/e.zone": ["c.e."] },
    problems: ['zones/d.inc:1:8: Cannot read the A record as address must be an IPv4 address: got "x"'],
  });
});

test.each([
  ["..", "../secret"],
  ["a longer way round", "inc/../../secret"],
  ["a link to a file", "link"],
  ["a link to a directory", "up/secret"],
  ["a sibling with the same beginning", "../zones-not/secret"],
])("$INCLUDE does not leave the directory by %s", async (_, path) => {
  write({
    secret: "s 60 A 10.0.0.1",
    "zones-not/secret": "s 60 A 10.0.0.1",
    "zones/inc/x": "",
    "zones/a.zone": `$INCLUDE ${path}`,
  });
  symlinkSync("../secret", join(zones, "link"));
  symlinkSync("..", join(zones, "up"));
  expect(await read()).toEqual({
    files: { "zones/a.zone": [] },
    problems: [
      `zones/a.zone:1:10: Cannot include "${path}" as an included file must lie inside ${zones}`.replaceAll(
        `${root}/`,
        "",
      ),
    ],
  });
});

test("$INCLUDE does not leave the directory by an absolute path", async () => {
  write({ secret: "s 60 A 10.0.0.1", "zones/a.zone": `$INCLUDE ${root}/secret` });
  expect((await read()).problems).toEqual([
    'zones/a.zone:1:10: Cannot include "secret" as an included file must lie inside zones',
  ]);
});

test.each([
  [
    "a file that is none",
    { "zones/a.zone/x": "" },
    "zones/a.zone:1:1: Cannot read the file as it must be readable: got EISDIR",
  ],
  [
    "a file that is not UTF-8",
    { "zones/a.zone": Uint8Array.of(0xff) },
    "zones/a.zone:1:1: Cannot read the file as it must be UTF-8",
  ],
  [
    "a name that is no zone's",
    { "zones/a..b.zone": "" },
    'zones/a..b.zone:1:1: Cannot read the file as its name must be a zone\'s: a label must not be empty: got "a..b"',
  ],
  [
    "no name",
    { "zones/.zone": "" },
    'zones/.zone:1:1: Cannot read the file as its name must be a zone\'s: a label must not be empty: got ".zone"',
  ],
  [
    "an include that is missing",
    { "zones/a.zone": "$INCLUDE b" },
    'zones/a.zone:1:10: Cannot include "b" as it must be readable: got ENOENT',
  ],
  [
    "an include that is a directory",
    { "zones/a.zone": "$INCLUDE ." },
    'zones/a.zone:1:10: Cannot include "." as it must be readable: got EISDIR',
  ],
])("%s is a problem", async (_, files, problem) => {
  write(files);
  expect((await read()).problems).toEqual([problem]);
});

test("a missing directory is a problem, unless it may be missing", async () => {
  const missing = join(root, "none");
  const problem = {
    file: missing,
    line: 1,
    column: 1,
    message: "Cannot read the directory as it must be readable: got ENOENT",
  };
  expect(await readZoneFiles(missing)).toEqual({ files: [], problems: [problem] });
  expect(await readZoneFiles(missing, { mayBeMissing: true })).toEqual({ files: [], problems: [] });
});
