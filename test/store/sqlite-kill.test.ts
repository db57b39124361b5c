import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { type SqliteSubject, sqliteSubject } from "./sqlite-subject.ts";
import { dataOf, fold, revisionsOf, tail } from "./tail.ts";

const CHILD = fileURLToPath(new URL("./committing-child.mjs", import.meta.url));
const STORE = new URL("../../dist/store/sqlite.js", import.meta.url).href;
const ROUNDS = 6;

let subject: SqliteSubject | undefined;
let child: ChildProcess | undefined;
afterEach(async () => {
  child?.kill("SIGKILL");
  await subject?.dispose();
});

test("kill -9 loses nothing acknowledged, halves no commit and frees the lock", async () => {
  subject = sqliteSubject();
  const acknowledged: string[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    acknowledged.push(...(await commitUntilKilled(subject.file, round, 20 + Math.floor(Math.random() * 1000))));

    const store = await subject.open();
    const { revision, items } = await store.read("");
    const log = tail(store, 0);
    await log.reached(revision);
    await store.close();

    expect(revisionsOf(log.heard)).toEqual(Array.from({ length: revision }, (_, n) => n + 1));
    expect([...fold(log.heard).values()].sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(items);
    const found = new Set<string>();
    for (const change of dataOf(log.heard)) {
      if (change.kind !== "change") continue;
      const [put, twin] = change.puts;
      expect(twin).toEqual({ ...put, key: `${put?.key}/twin` });
      found.add(`${change.revision} ${put?.key} ${put?.value}`);
    }
    expect(acknowledged.filter((line) => !found.has(line))).toEqual([]);
  }
}, 60_000);

/** What the child acknowledged, killed once that was `count` commits or more. */
async function commitUntilKilled(file: string, round: number, count: number): Promise<string[]> {
  const running = spawn(process.execPath, [CHILD, STORE, file, String(round)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child = running;
  const closed = once(running, "close");
  const lines: string[] = [];
  for await (const line of createInterface(running.stdout)) {
    lines.push(line);
    if (lines.length === 1) await expect(subject?.open()).rejects.toMatchObject({ code: "STORE_LOCKED" });
    if (lines.length === count) running.kill("SIGKILL");
  }
  expect(await closed).toEqual([null, "SIGKILL"]); // and not of an error of its own
  return lines;
}
