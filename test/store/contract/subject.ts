import type { Store } from "../../../src/catalog/store.ts";
import type { Clock } from "../../../src/store/clock.ts";
import type { Retention } from "../../../src/store/retention.ts";

export interface OpenOptions {
  readonly clock?: Clock;
  readonly retention?: Retention;
}

/** One store's data; opened again, it is the same data. */
export interface Subject {
  open(options?: OpenOptions): Promise<Store>;
  /** Closes what is still open and removes the data. */
  dispose(): Promise<void>;
}

/** Opens a store on data of its own. */
export type Open = (options?: OpenOptions) => Promise<Store>;
/** Defines a test, or a skip with its reason. */
export type It = (behaviour: string, body: () => Promise<void>) => void;
