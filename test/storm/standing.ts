/*
 * What may be so of one instance at a moment, worked out from what was done to it and from the server's documented rules
 * alone. Between an event and the deadline by which the server must have noticed it both may be so, before and after.
 */

/** `never` and `fallen` are critical; `out` is in maintenance. */
export type Standing = "absent" | "out" | "never" | "fallen" | "warning" | "passing";
type Health = Exclude<Standing, "absent" | "out">;

/** What its checks, or its heartbeats, must find. */
export type Wellbeing = "good" | "warning" | "bad";

/** By when the server must have noticed, in milliseconds of calm. */
export interface Deadlines {
  /** That an instance fell. */
  readonly fallMs: number;
  /** That it passes again, or warns. */
  readonly riseMs: number;
  /** The same of one that was critical for `longMs`: it is asked less often by then. */
  readonly lateRiseMs: number;
  readonly longMs: number;
  /** From then on until it has all of its weight. */
  readonly slowStartMs: number;
}

type Choice = ReadonlySet<boolean>;
const YES: Choice = new Set([true]);
const NO: Choice = new Set([false]);
const EITHER: Choice = new Set([true, false]);

export class Instance {
  readonly id: string;
  readonly tags: readonly string[];
  readonly weight: number;
  readonly #deadlines: Deadlines;
  readonly #initial: Health;
  #isPresent = NO;
  #isOut = NO;
  #wellbeing: Wellbeing = "bad";
  /** When it was certainly so, in calm; Infinity while the event is under way. */
  #sinceMs = 0;
  #dueMs = 0;
  #badFromMs = 0;
  /** What may have been so when it came to be as it is now. */
  #before: ReadonlySet<Health>;
  /** When it fell last, if it did: not before, and not after. */
  #fellFromMs = 0;

  constructor(
    id: string,
    facts: { readonly tags: readonly string[]; readonly weight: number; readonly isInitiallyUp: boolean },
    deadlines: Deadlines,
  ) {
    this.id = id;
    this.tags = facts.tags;
    this.weight = facts.weight;
    this.#deadlines = deadlines;
    this.#initial = facts.isInitiallyUp ? "passing" : "never";
    this.#before = new Set([this.#initial]);
  }

  /** All that may be so of an instance, for a question that was sent at `atMs` and has been answered by now. */
  possible(atMs: number): ReadonlySet<Standing> {
    const all = new Set<Standing>();
    if (this.#isPresent.has(false)) all.add("absent");
    if (this.#isPresent.has(true) && this.#isOut.has(true)) all.add("out");
    if (this.#isPresent.has(true) && this.#isOut.has(false)) for (const health of this.#healths(atMs)) all.add(health);
    return all;
  }

  /** True when it must have all of its weight. */
  isInFull(atMs: number): boolean {
    return atMs > this.#sinceMs + this.#dueMs + this.#deadlines.slowStartMs;
  }

  /** When it may have fallen last, in calm: from, till. */
  fell(): readonly [number, number] {
    const isOver = this.#wellbeing === "bad";
    return [this.#fellFromMs, isOver ? this.#sinceMs + this.#deadlines.fallMs : Number.POSITIVE_INFINITY];
  }

  /** Its checks are about to find something else, or began to at once when `isDone`. */
  turn(wellbeing: Wellbeing, nowMs: number, isDone = false): void {
    if (wellbeing === this.#wellbeing) return;
    const before = this.#healths(nowMs);
    if (wellbeing === "bad") {
      if (!before.has("fallen")) this.#fellFromMs = nowMs;
      if (isUpFor(before)) this.#badFromMs = nowMs;
    }
    this.#dueMs = wellbeing === "bad" ? this.#deadlines.fallMs : this.#riseMs(nowMs);
    this.#before = before;
    this.#wellbeing = wellbeing;
    this.#sinceMs = isDone ? nowMs : Number.POSITIVE_INFINITY;
  }

  /** The change has taken effect. */
  settle(nowMs: number): void {
    if (this.#sinceMs === Number.POSITIVE_INFINITY) this.#sinceMs = nowMs;
  }

  /** The machine was so busy that a probe or a heartbeat may have missed its time. */
  doubt(nowMs: number): void {
    if (this.#wellbeing === "bad") return;
    const before = this.#healths(nowMs);
    if (!before.has("fallen")) this.#fellFromMs = nowMs;
    this.#before = new Set<Health>([...before, "fallen"]);
    this.#dueMs = this.#riseMs(nowMs);
    if (this.#sinceMs !== Number.POSITIVE_INFINITY) this.#sinceMs = nowMs;
  }

  /** A registration, or its end, is on its way. */
  enroll(isPresent: boolean, nowMs: number): void {
    if (isPresent && !this.#isPresent.has(true)) {
      this.#before = new Set([this.#initial]);
      this.#sinceMs = Number.POSITIVE_INFINITY;
      // A new check is run at once, and then in its place.
      this.#dueMs = this.#wellbeing === "bad" ? this.#deadlines.fallMs : this.#deadlines.riseMs;
      this.#fellFromMs = nowMs;
      this.#badFromMs = nowMs;
      this.#isOut = NO;
    }
    this.#isPresent = EITHER;
  }

  enrolled(isPresent: boolean, nowMs: number): void {
    this.#isPresent = isPresent ? YES : NO;
    this.settle(nowMs);
  }

  /** Maintenance, or its end, is on its way. */
  takeOut(): void {
    this.#isOut = EITHER;
  }

  takenOut(isOut: boolean): void {
    this.#isOut = isOut ? YES : NO;
  }

  get isPresent(): boolean {
    return this.#isPresent.has(true);
  }

  get isOut(): boolean {
    return this.#isOut.has(true);
  }

  #riseMs(nowMs: number): number {
    const { riseMs, lateRiseMs, longMs } = this.#deadlines;
    if (this.#wellbeing === "bad") return nowMs - this.#badFromMs > longMs ? lateRiseMs : riseMs;
    // It was good already, which may not have been noticed.
    return nowMs > this.#sinceMs + this.#dueMs ? riseMs : Math.max(riseMs, this.#dueMs);
  }

  #healths(atMs: number): ReadonlySet<Health> {
    const after = settled(this.#before, this.#wellbeing);
    return atMs > this.#sinceMs + this.#dueMs ? after : new Set([...this.#before, ...after]);
  }
}

/** What is so once the server has noticed. */
function settled(before: ReadonlySet<Health>, wellbeing: Wellbeing): ReadonlySet<Health> {
  if (wellbeing !== "bad") return new Set([wellbeing === "good" ? "passing" : "warning"]);
  return new Set([...before].map((health) => (health === "never" ? "never" : "fallen")));
}

function isUpFor(healths: ReadonlySet<Health>): boolean {
  return !healths.has("fallen") && !healths.has("never");
}
