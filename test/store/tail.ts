import type { Feed, Item, Revision, Store } from "../../src/catalog/store.ts";

/** A follower that writes down what it hears. */
export interface Tail {
  readonly heard: readonly Feed[];
  /** Resolves when a mark says that all up to `revision` was delivered. */
  reached(revision: Revision): Promise<void>;
  /** Resolves when something of this kind was heard. */
  first(kind: Feed["kind"]): Promise<Feed>;
  close(): void;
}

/** Follows from `from`; closes itself after `itemsMax` resets and changes. */
export function tail(store: Store, from: Revision | null, itemsMax = Number.POSITIVE_INFINITY): Tail {
  const heard: Feed[] = [];
  const waiting = new Set<() => void>();
  let dataCount = 0;
  const follower = store.follow(from, (item) => {
    heard.push(item);
    if (item.kind === "reset" || item.kind === "change") dataCount++;
    if (dataCount >= itemsMax) follower.close();
    for (const check of waiting) check();
  });
  const found = (isIt: (item: Feed) => boolean): Promise<Feed> =>
    new Promise((resolve) => {
      const check = (): void => {
        const item = heard.find(isIt);
        if (item === undefined) return;
        waiting.delete(check);
        resolve(item);
      };
      waiting.add(check);
      check();
    });
  return {
    heard,
    reached: async (revision) => {
      await found((item) => item.kind === "mark" && item.revision >= revision);
    },
    first: (kind) => found((item) => item.kind === kind),
    close: () => follower.close(),
  };
}

/** What a feed leaves behind: every key's item. */
export function fold(heard: readonly Feed[]): Map<string, Item> {
  const table = new Map<string, Item>();
  for (const item of heard) {
    switch (item.kind) {
      case "reset":
        table.clear();
        for (const put of item.items) table.set(put.key, put);
        break;
      case "change":
        for (const key of item.deletes) table.delete(key);
        for (const put of item.puts) table.set(put.key, put);
        break;
      case "mark":
      case "lost":
    }
  }
  return table;
}

/** The feed without its marks: what must be the same for every follower. */
export function dataOf(heard: readonly Feed[]): Feed[] {
  return heard.filter((item) => item.kind === "reset" || item.kind === "change");
}

export function revisionsOf(heard: readonly Feed[]): Revision[] {
  return heard.flatMap((item) => (item.kind === "change" ? [item.revision] : []));
}
