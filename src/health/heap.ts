/** Something that has its place in a heap. It belongs to one heap, which alone writes `dueMs` and `slot`. */
export interface Due {
  dueMs: number;
  /** Its index in the heap; −1 while it is in none. */
  slot: number;
}

/** What is due first, of any number of things. */
export class Heap<T extends Due> {
  readonly #items: T[] = [];

  get first(): T | undefined {
    return this.#items[0];
  }

  /** Adds an item, or moves it. */
  set(item: T, dueMs: number): void {
    item.dueMs = dueMs;
    if (item.slot < 0) this.#place(item, this.#items.length);
    this.#settle(item);
  }

  /** An item that is not in it is passed over. */
  remove(item: T): void {
    if (item.slot < 0) return;
    const last = this.#items.pop()!;
    if (last !== item) {
      this.#place(last, item.slot);
      this.#settle(last);
    }
    item.slot = -1;
  }

  /** Moves an item to where the heap's order wants it: up while it is due before its parent, else down. */
  #settle(item: T): void {
    for (;;) {
      const parent = this.#items[(item.slot - 1) >> 1];
      if (parent === undefined || parent.dueMs <= item.dueMs) break;
      this.#swap(item, parent);
    }
    for (;;) {
      const left = this.#items[2 * item.slot + 1];
      const right = this.#items[2 * item.slot + 2];
      const child = left !== undefined && right !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child === undefined || item.dueMs <= child.dueMs) break;
      this.#swap(child, item);
    }
  }

  #swap(up: T, down: T): void {
    const slot = up.slot;
    this.#place(up, down.slot);
    this.#place(down, slot);
  }

  #place(item: T, slot: number): void {
    this.#items[slot] = item;
    item.slot = slot;
  }
}
