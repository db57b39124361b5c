import { StoreError } from "../catalog/store.ts";
import type { Failure } from "./sqlite-messages.ts";

type Meaning = readonly [codes: RegExp, code: StoreError["code"], rule: string];

/** SQLite's and the system's codes: what they mean for a store, and what to do about it. The first match counts. */
const MEANINGS: readonly Meaning[] = [
  [
    /^SQLITE_(NOTADB|CORRUPT)/,
    "STORE_CORRUPT",
    "the database is damaged: stop the server, keep a copy of the file, and restore a backup or start with none",
  ],
  [
    /^SQLITE_(BUSY|LOCKED)/,
    "STORE_LOCKED",
    "another process has the database open: stop that one, or give this one a data directory of its own",
  ],
  [
    /^(SQLITE_FULL|ENOSPC|EDQUOT)/,
    "STORE_FULL",
    "the disk, or the database's limit, is full and nothing was written: make room and try again",
  ],
  [
    /^SQLITE_READONLY$/,
    "STORE_IO",
    "the database can only be read from here: write through the server that owns it, or check who owns the file",
  ],
  [
    /^(SQLITE_READONLY|SQLITE_PERM|EACCES|EPERM|EROFS)/,
    "STORE_IO",
    "this user may not write to the data directory, which SQLite must even to read: check who owns it",
  ],
  [
    /^(SQLITE_CANTOPEN|ENOTDIR|EEXIST)/,
    "STORE_IO",
    "its file cannot be opened: check that the path is right and this user may write to its directory",
  ],
];

const UNFORESEEN: Meaning = [/^/, "STORE_IO", "something unforeseen failed: check the disk and the installation"];

/** What went wrong while `action` was done, in a sentence that says what to do. */
export function failureOf(action: string, error: unknown): Failure {
  if (error instanceof StoreError) return { kind: "failed", code: error.code, message: error.message };
  const said = error instanceof Error ? error : new Error(String(error));
  const systemCode = "code" in said ? String(said.code) : said.name;
  const cause = `${systemCode}: ${said.message}`;
  const [, code, rule] = MEANINGS.find(([codes]) => codes.test(systemCode)) ?? UNFORESEEN;
  return { kind: "failed", code, message: `Cannot ${action} as ${rule}`, cause };
}

/** The error on the side where somebody waits for it. */
export function storeErrorOf({ code, message, cause }: Failure): StoreError {
  if (cause === undefined) return new StoreError(code, message);
  return new StoreError(code, `${message} (${cause})`, { cause: new Error(cause) });
}
