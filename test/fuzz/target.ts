import type { Random } from "./random.ts";

/** A property under attack. */
export interface Target {
  readonly name: string;
  /** Makes one case and tries it. Fails with Broken, or with whatever the attacked code threw, when the property does not hold. */
  attack(random: Random): void | Promise<void>;
}

/** What is wrong, in words and with the input that shows it. */
export class Broken extends Error {}

/** Throws Broken unless `holds`. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Broken(what);
}

/** A finding's line: `what` with the input that shows it, in a form that can be pasted into a regression test. */
export function withInput(input: Uint8Array | string, attack: () => void): void;
export function withInput(input: Uint8Array | string, attack: () => Promise<void>): Promise<void>;
export function withInput(input: Uint8Array | string, attack: () => void | Promise<void>): void | Promise<void> {
  try {
    return attack()?.catch((error) => rethrow(error, input));
  } catch (error) {
    rethrow(error, input);
  }
}

function rethrow(error: unknown, input: Uint8Array | string): never {
  const shown = typeof input === "string" ? JSON.stringify(input) : `hex ${Buffer.from(input).toString("hex")}`;
  const { message, stack } = error as Error;
  throw new Broken(error instanceof Broken ? `${message}\n  ${shown}` : `threw: ${stack}\n  ${shown}`);
}
