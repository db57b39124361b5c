import type { Guard, Item, Revision, Write } from "../../../src/catalog/store.ts";

/** What the contract's tables are written in. */

export const put = (key: string, value = key, session?: string): Write =>
  session === undefined ? { kind: "put", key, value } : { kind: "put", key, value, session };
export const del = (key: string): Write => ({ kind: "delete", key });
export const item = (key: string, revision: Revision, value = key): Item => ({ key, value, revision });
export const committed = (revision: Revision) => ({ kind: "committed" as const, revision });
export const conflict = (guard: Guard, actual: Revision) => ({ kind: "conflict" as const, guard, actual });
export const keysOf = (items: readonly Item[]): string[] => items.map(({ key }) => key);
