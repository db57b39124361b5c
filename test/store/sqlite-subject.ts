import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../src/catalog/store.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../src/store/sqlite.ts";
import type { Subject } from "./contract/subject.ts";

export interface SqliteSubject extends Subject {
  readonly file: string;
  open(options?: Partial<SqliteStoreOptions>): Promise<Store>;
}

/** A database in a directory of its own. */
export function sqliteSubject(): SqliteSubject {
  const directory = mkdtempSync(join(tmpdir(), "muster-store-"));
  const file = join(directory, "muster.db");
  const opened: Store[] = [];
  return {
    file,
    async open(options = {}) {
      const store = await openSqliteStore({ file, ...options });
      opened.push(store);
      return store;
    },
    async dispose() {
      await Promise.all(opened.map((store) => store.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
