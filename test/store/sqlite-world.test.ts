import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Store, StoreError } from "../../src/catalog/store.ts";
import { openDatabase } from "../../src/store/sqlite-database.ts";
import { del, put } from "./contract/words.ts";
import { type SqliteSubject, sqliteSubject } from "./sqlite-subject.ts";
import { fold, revisionsOf, tail } from "./tail.ts";

let subject: SqliteSubject;
beforeEach(() => {
  subject = sqliteSubject();
});
afterEach(() => subject.dispose());

/** The error a promise rejects with, which must be a StoreError. */
async function storeErrorOf(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    () => "no error",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

async function filled(): Promise<Store> {
  const store = await subject.open();
  for (let n = 0; n < 20; n++) await store.commit([put(`k/${n}`, "x".repeat(4000))]);
  return store;
}

test("commits are in a write-ahead log that is synced before they are acknowledged", () => {
  const { sqlite, close } = openDatabase({ file: subject.file });
  const pragma = (name: string): unknown => sqlite.pragma(name, { simple: true });
  expect({ journal: pragma("journal_mode"), synchronous: pragma("synchronous") }).toEqual({
    journal: "wal",
    synchronous: 2, // FULL
  });
  close();
});

describe("what cannot be opened is refused with a sentence that says what to do", () => {
  const rows: readonly (readonly [name: string, spoil: (file: string) => void, code: string, says: RegExp])[] = [
    ["garbage", (file) => writeFileSync(file, "no database ".repeat(1000)), "STORE_CORRUPT", /damaged: .*backup/],
    ["a truncated database", (file) => truncateSync(file, statSync(file).size / 2), "STORE_CORRUPT", /damaged/],
    ["another program's database", foreign, "STORE_CORRUPT", /another program/],
    ["a newer schema", newer, "STORE_NEWER", /schema must be at most 1: got 2; run a newer Muster/],
    ["a directory where the lock should be", (file) => remake(`${file}-lock`), "STORE_IO", /cannot be opened: check/],
  ];
  for (const [name, spoil, code, says] of rows) {
    test(name, async () => {
      await (await filled()).close();
      spoil(subject.file);
      const before = readFileSync(subject.file);
      const error = await storeErrorOf(subject.open());
      expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
      expect(error.message).toContain("Cannot open");
      expect(readFileSync(subject.file)).toEqual(before);
    });
  }

  test("a database that is open already", async () => {
    const first = await subject.open();
    expect(await storeErrorOf(subject.open())).toMatchObject({
      code: "STORE_LOCKED",
      message: expect.stringMatching(/another process has the database open: stop that one/),
    });
    await first.commit([put("a")]);
    await first.close();
    expect((await (await subject.open()).read("")).revision).toBe(1);
  });

  test("a database that is open already, named through a link", async () => {
    await subject.open();
    const link = join(dirname(subject.file), "link.db");
    symlinkSync(subject.file, link);
    expect(await storeErrorOf(subject.open({ file: link }))).toMatchObject({ code: "STORE_LOCKED" });
  });

  test("a path through a file", async () => {
    await (await subject.open()).close();
    const error = await storeErrorOf(subject.open({ file: join(subject.file, "muster.db") }));
    expect(error).toMatchObject({ code: "STORE_IO", message: expect.stringContaining("check that the path is right") });
  });

  test.skipIf(process.getuid?.() === 0)(
    "a read-only directory (root may write everywhere: not run as root)",
    async () => {
      const directory = join(dirname(subject.file), "read-only");
      mkdirSync(directory, { mode: 0o500 });
      expect(await storeErrorOf(subject.open({ file: join(directory, "muster.db") }))).toMatchObject({
        code: "STORE_IO",
      });
      chmodSync(directory, 0o700);
    },
  );

  test("a missing worker", async () => {
    const worker = new URL("./no-such-worker.mjs", import.meta.url);
    expect(await storeErrorOf(subject.open({ worker }))).toMatchObject({ code: "STORE_IO" });
  });
});

test("a missing directory is made", async () => {
  const file = join(dirname(subject.file), "some", "where", "muster.db");
  await (await subject.open({ file })).commit([put("a")]);
  expect(existsSync(file)).toBe(true);
});

test("a page damaged later fails the reads it touches and loses the followers, not the process", async () => {
  await (await filled()).close();
  const bytes = readFileSync(subject.file);
  // All behind the schema's page and the small tables' roots: a table scan runs into it.
  writeFileSync(
    subject.file,
    Buffer.concat([bytes.subarray(0, 4096 * 8), Buffer.alloc(bytes.length - 4096 * 8, 0xa5)]),
  );
  const store = await subject.open();
  expect(await storeErrorOf(store.read(""))).toMatchObject({ code: "STORE_CORRUPT" });
  expect(await tail(store, null).first("lost")).toMatchObject({ why: expect.stringMatching(/damaged/) });
});

describe("a full disk", () => {
  const octetsMax = 300_000;
  const full = expect.objectContaining({
    code: "STORE_FULL",
    message: expect.stringMatching(/nothing was written: make room/),
  });

  test("refuses what does not fit, keeps what was acknowledged, and goes on once there is room", async () => {
    const store = await subject.open({ octetsMax });
    const follower = tail(store, 0);
    let acknowledged = 0;
    let error: unknown;
    while (error === undefined) {
      const commit = store.commit([
        put(`a/${acknowledged}`, "x".repeat(5000)),
        put(`b/${acknowledged}`, "x".repeat(5000)),
      ]);
      await commit.then(
        () => acknowledged++,
        (reason) => {
          error = reason;
        },
      );
    }
    expect(error).toEqual(full);
    const { revision, items } = await store.read("");
    expect({ revision, count: items.length }).toEqual({ revision: acknowledged, count: 2 * acknowledged });

    await store.compact(revision);
    expect(await store.commit([del("a/0")])).toEqual({ kind: "committed", revision: revision + 1 });
    await follower.reached(revision + 1);
    expect(revisionsOf(follower.heard)).toEqual(Array.from({ length: revision + 1 }, (_, n) => n + 1));
    expect([...fold(follower.heard).keys()].sort()).toEqual(items.map(({ key }) => key).filter((key) => key !== "a/0"));
  });

  test("takes none of a group with the one that does not fit", async () => {
    const store = await subject.open({ octetsMax });
    const outcomes = await Promise.allSettled([
      store.commit([put("a")]),
      store.commit([put("huge", "x".repeat(octetsMax))]),
      store.commit([put("b")]),
    ]);
    expect(outcomes).toEqual([
      { status: "fulfilled", value: { kind: "committed", revision: 1 } },
      { status: "rejected", reason: full },
      { status: "fulfilled", value: { kind: "committed", revision: 2 } },
    ]);
    expect((await store.read("")).items.map(({ key }) => key)).toEqual(["a", "b"]);
  });
});

test("a crashed worker rejects what waits, tells the followers, and leaves what was acknowledged", async () => {
  const store = await subject.open({ worker: new URL("./crashing-worker.mjs", import.meta.url) });
  const follower = tail(store, null);
  await store.commit([put("a")]);
  await follower.reached(1);
  const crashed = {
    code: "STORE_IO",
    message: expect.stringMatching(/crashed: restart the server.*ended with code 7/),
  };
  const [commit, read] = [store.commit([put("crash")]), store.read("")];
  expect(await storeErrorOf(commit)).toMatchObject(crashed);
  expect(await storeErrorOf(read)).toMatchObject(crashed);
  expect(await follower.first("lost")).toMatchObject({ why: expect.stringContaining("restart the server") });
  expect(await storeErrorOf(store.commit([put("b")]))).toMatchObject(crashed);
  expect(await tail(store, null).first("lost")).toMatchObject({ kind: "lost" });
  await store.close();
  expect((await (await subject.open()).read("")).items.map(({ key }) => key)).toEqual(["a"]);
});

describe("read-only", () => {
  test("reads beside the server that writes, and cannot write", async () => {
    const server = await subject.open();
    await server.commit([put("a")]);
    const reader = await subject.open({ readOnly: true });
    const follower = tail(reader, null);
    await follower.reached(1);
    expect(follower.heard[0]).toMatchObject({ kind: "reset", items: [{ key: "a" }] });
    for (const write of [reader.commit([put("b")]), reader.session(1000), reader.compact(1)]) {
      const error = await storeErrorOf(write);
      expect(error).toMatchObject({ code: "STORE_IO", message: expect.stringMatching(/write through the server/) });
    }
    await server.commit([put("b")]);
    expect((await reader.read("")).revision).toBe(2);
  });

  test("reads what a stopped server left, and ends no session of it", async () => {
    const server = await subject.open();
    const session = await server.session(1);
    await server.commit([put("a", "", session.id)]);
    await server.close();
    const reader = await subject.open({ readOnly: true });
    expect((await reader.read("")).items).toHaveLength(1);
  });

  test("says that there is nothing to read", async () => {
    const missing = await storeErrorOf(subject.open({ readOnly: true }));
    expect(missing).toMatchObject({
      code: "STORE_IO",
      message: expect.stringMatching(/does not exist: start the server/),
    });
    writeFileSync(subject.file, "");
    const empty = await storeErrorOf(subject.open({ readOnly: true }));
    expect(empty).toMatchObject({ code: "STORE_IO", message: expect.stringMatching(/no server has set it up/) });
  });
});

function foreign(file: string): void {
  truncateSync(file);
  new Database(file).exec("CREATE TABLE songs (name TEXT)").close();
}

function newer(file: string): void {
  new Database(file).exec("UPDATE meta SET value = 2 WHERE name = 'schema'").close();
}

function remake(directory: string): void {
  // The lock is an empty file of ours: what stands in its way is tried with a directory.
  rmSync(directory);
  mkdirSync(directory);
}
