import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { StoreError } from "../catalog/store.ts";

export interface DatabaseOptions {
  /** Path of the database; its directory is created. */
  readonly file: string;
  /** Reads beside the server that owns the database; every write fails. */
  readonly readOnly?: boolean;
  /** What the database file may grow to; without it, the disk's room. Commits beyond fail with STORE_FULL. */
  readonly octetsMax?: number;
}

export interface OpenDatabase {
  readonly sqlite: Database.Database;
  close(): void;
}

/** Pages in the write-ahead log before they are brought home: 32 MB, of which a start reads what is left there. */
const WAL_PAGES = 8000;

/** Row n takes a database from schema version n to n + 1. Rows are only ever added. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('schema', 0), ('compacted', 0);
  CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL, session TEXT)
    STRICT, WITHOUT ROWID;
  CREATE INDEX kv_session ON kv (session) WHERE session IS NOT NULL;
  CREATE TABLE log (revision INTEGER, n INTEGER, key TEXT NOT NULL, value TEXT, PRIMARY KEY (revision, n))
    STRICT, WITHOUT ROWID;
  CREATE TABLE session (id TEXT PRIMARY KEY, ttl_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
];

/** Opens, and unless for reading only locks, creates or migrates, a database. Throws StoreError or SQLite's error. */
export function openDatabase({ file, readOnly = false, octetsMax }: DatabaseOptions): OpenDatabase {
  if (readOnly && !existsSync(file)) {
    throw new StoreError("STORE_IO", `Cannot read "${file}" as it does not exist: start the server first`);
  }
  if (!readOnly) mkdirSync(dirname(file), { recursive: true });
  const lock = readOnly ? undefined : holdLock(file);
  let sqlite: Database.Database | undefined;
  try {
    sqlite = new Database(file, { readonly: readOnly });
    const version = schemaVersion(sqlite, file);
    if (readOnly && version === 0) {
      throw new StoreError("STORE_IO", `Cannot read "${file}" as no server has set it up yet: start one first`);
    }
    if (!readOnly) configure(sqlite, version, octetsMax);
  } catch (error) {
    sqlite?.close();
    lock?.close();
    throw error;
  }
  const opened = sqlite;
  return {
    sqlite,
    close() {
      opened.close();
      lock?.close();
    },
  };
}

/**
 * Keeps a second server out for as long as this process lives. The lock is SQLite's own, on an empty database beside
 * the real one: the kernel frees it however the process ends, kill -9 included, and no stale file needs cleaning.
 * On the real one `locking_mode=EXCLUSIVE` would keep readers out too.
 */
function holdLock(file: string): Database.Database {
  // Beside the file itself, by whatever link it is named.
  const lock = new Database(`${existsSync(file) ? realpathSync(file) : file}-lock`, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw error;
  }
  return lock;
}

function configure(sqlite: Database.Database, version: number, octetsMax: number | undefined): void {
  sqlite.pragma("journal_mode = WAL");
  // FULL: a commit is on the disk before it is acknowledged. Group commit shares the wait among all callers.
  sqlite.pragma("synchronous = FULL");
  // A page that many commits write goes to the database once for all of them: a tenth less CPU for each registration.
  sqlite.pragma(`wal_autocheckpoint = ${WAL_PAGES}`);
  if (octetsMax !== undefined) {
    const pageOctets = sqlite.pragma("page_size", { simple: true }) as number;
    sqlite.pragma(`max_page_count = ${Math.floor(octetsMax / pageOctets)}`);
  }
  const migrate = sqlite.transaction(() => {
    for (const step of MIGRATIONS.slice(version)) sqlite.exec(step);
    sqlite.prepare("UPDATE meta SET value = ? WHERE name = 'schema'").run(MIGRATIONS.length);
  });
  if (version < MIGRATIONS.length) migrate.immediate();
}

/** 0 for a database without tables. */
function schemaVersion(sqlite: Database.Database, file: string): number {
  const tables = sqlite.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  if (tables.length === 0) return 0;
  if (!tables.includes("meta")) {
    throw new StoreError("STORE_CORRUPT", `Cannot open "${file}" as it is a database of another program: name another`);
  }
  const version = sqlite.prepare("SELECT value FROM meta WHERE name = 'schema'").pluck().get();
  if (typeof version !== "number" || version > MIGRATIONS.length) {
    throw new StoreError(
      "STORE_NEWER",
      `Cannot open "${file}" as its schema must be at most ${MIGRATIONS.length}: got ${version}; run a newer Muster`,
    );
  }
  return version;
}
