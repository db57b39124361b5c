import { Catalog } from "../../src/catalog/catalog.ts";
import { Draft } from "../../src/catalog/draft.ts";
import { Refusal } from "../../src/catalog/refusal.ts";
import type { Item, Revision } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";

/** A catalog that takes drafts the way a store and its feed would. */
export interface Table {
  readonly catalog: Catalog;
  readonly items: Map<string, Item>;
  /** Commits what `change` drafts and returns the revision, or what `change` returned when it drafted nothing. */
  commit(change: (draft: Draft) => Revision): Revision;
}

export function emptyTable(): Table {
  const catalog = new Catalog();
  const items = new Map<string, Item>();
  const commit: Table["commit"] = (change) => {
    const draft = new Draft(catalog);
    const unchanged = change(draft);
    const { writes } = draft;
    if (writes.length === 0) return unchanged;
    const revision = catalog.revision + 1;
    const puts = writes.flatMap((write) =>
      write.kind === "put" ? [{ key: write.key, value: write.value, revision }] : [],
    );
    const deletes = writes.filter(({ kind, key }) => kind === "delete" && items.has(key)).map(({ key }) => key);
    for (const put of puts) items.set(put.key, put);
    for (const key of deletes) items.delete(key);
    catalog.apply({ kind: "change", revision, puts, deletes }, nothingTouched());
    return revision;
  };
  return { catalog, items, commit };
}

/** The refusal of a change as `code: message`. */
export function refusalOf(change: () => unknown): string {
  try {
    change();
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "not refused";
}
