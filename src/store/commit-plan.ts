import { type Guard, type Revision, StoreError, type Write } from "../catalog/store.ts";

/** What a commit needs to know of the table before it writes. */
interface Table {
  /** 0 when the key does not exist. */
  revisionOf(key: string): Revision;
  hasSession(id: string): boolean;
}

export type Put = Extract<Write, { kind: "put" }>;

type Plan =
  | { readonly kind: "conflict"; readonly guard: Guard; readonly actual: Revision }
  /** A put names a session that has ended: its key would outlive it. */
  | { readonly kind: "refused"; readonly put: Put }
  /** The net effect: each key once. Nothing in either list = no effect, and so no revision. */
  | { readonly kind: "effect"; readonly puts: readonly Put[]; readonly deletes: readonly string[] };

/** What a commit would do to the table. The last write of a key stands; deleting an absent key does nothing. */
export function planCommit(table: Table, writes: readonly Write[], guards: readonly Guard[]): Plan {
  for (const guard of guards) {
    const actual = table.revisionOf(guard.key);
    if (actual !== guard.revision) return { kind: "conflict", guard, actual };
  }
  const puts: Put[] = [];
  const deletes: string[] = [];
  for (const write of lastOfEachKey(writes)) {
    switch (write.kind) {
      case "put":
        if (write.session !== undefined && !table.hasSession(write.session)) return { kind: "refused", put: write };
        puts.push(write);
        break;
      case "delete":
        if (table.revisionOf(write.key) !== 0) deletes.push(write.key);
    }
  }
  return { kind: "effect", puts, deletes };
}

export function sessionEnded(put: Put): StoreError {
  return new StoreError("STORE_CLOSED", `Cannot put "${put.key}" as its session has ended: open a new one`);
}

function lastOfEachKey(writes: readonly Write[]): Iterable<Write> {
  if (writes.length < 2) return writes;
  return new Map(writes.map((write) => [write.key, write])).values();
}
