/** How much to measure. */
export interface Effort {
  readonly rounds: number;
  /** Of load in one measurement. */
  readonly seconds: number;
  readonly isQuick: boolean;
}

export interface Section {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** What the title cannot say. */
  readonly note?: string;
}

/** One measured thing, with a value for each time it was measured. */
export interface Figure {
  readonly name: string;
  /** Where a section compares many, figures of one name stand in one row, and this is what differs. */
  readonly column?: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly target?: Target;
  /** Why there are no values. */
  readonly missing?: string;
}

/** What the median must be. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share `q` of the values lies, between the two nearest ones. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

/** Whether the median is what it must be; without a value it is not. */
export function isMet(target: Target, values: readonly number[]): boolean {
  if (values.length === 0) return false;
  return "atLeast" in target ? median(values) >= target.atLeast : median(values) <= target.atMost;
}
