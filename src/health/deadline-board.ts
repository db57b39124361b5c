import type { Prospect, ProspectKind } from "../catalog/prospect.ts";
import { type Deadlines, deadlinePlace, verdictPlace } from "../zone/deadlines.ts";
import { Alarm, type Alarms } from "./alarms.ts";
import { type Due, Heap } from "./heap.ts";

/** The time is told this often while there is any deadline, and deadlines are taken back then. */
const TICK_MS = 100;

/** When what is answered of one instance may change next. It belongs to one board. */
export class Deadline implements Due {
  readonly service: string;
  readonly place: number;
  /** What is due then. Once a verdict, always one: those have a place of their own. */
  kind: ProspectKind;
  dueMs = Number.POSITIVE_INFINITY;
  slot = -1;

  constructor(service: string, kind: ProspectKind) {
    const place = deadlinePlace(service);
    this.service = service;
    this.kind = kind;
    this.place = kind === "verdict" ? verdictPlace(place) : place;
  }
}

/**
 * Finds the earliest deadline among the instances of a service, for those who answer.
 *
 * An earlier one is shown at once. That it has moved, or is over, they see with the next tick: what came of it is answered
 * by then, and until then it might have to be answered for.
 */
export class DeadlineBoard {
  readonly #shown: Deadlines;
  readonly #alarms: Alarms;
  readonly #tick: Alarm;
  /** By place: those that have any. */
  readonly #heaps = new Map<number, Heap<Deadline>>();
  readonly #outdated = new Set<number>();

  constructor(shown: Deadlines, alarms: Alarms) {
    this.#shown = shown;
    this.#alarms = alarms;
    this.#tick = new Alarm(() => this.#tell());
  }

  /** Sets a deadline, in waking time, or moves it; Infinity takes it away. */
  set(deadline: Deadline, dueMs: number): void {
    if (dueMs === deadline.dueMs) return;
    const { place } = deadline;
    const heap = this.#heaps.get(place) ?? new Heap();
    const firstMs = earliestOf(heap.first);
    if (dueMs < Number.POSITIVE_INFINITY) heap.set(deadline, dueMs);
    else heap.remove(deadline);
    deadline.dueMs = dueMs;
    this.#heaps.set(place, heap);
    if (dueMs < firstMs) this.#show(place, heap);
    else this.#outdated.add(place);
    if (!this.#tick.isSet) this.#alarms.set(this.#tick, this.#alarms.nowMs() + TICK_MS);
  }

  /** What shortens the answers of a service, if anything does. */
  prospect(service: string): Prospect | undefined {
    const place = deadlinePlace(service);
    const [end, verdict] = [place, verdictPlace(place)].map((each) => this.#heaps.get(each)?.first);
    const first = verdict !== undefined && verdict.dueMs < earliestOf(end) ? verdict : end;
    return first && { kind: first.kind, service: first.service, seconds: this.#shown.secondsLeft(place) };
  }

  /** The time goes first: beside an older one a deadline would seem to be further off. */
  #show(place: number, heap: Heap<Deadline>): void {
    this.#shown.tick(this.#alarms.nowMs());
    this.#shown.set(place, earliestOf(heap.first));
  }

  #tell(): void {
    for (const place of this.#outdated) {
      const heap = this.#heaps.get(place)!;
      this.#show(place, heap);
      if (heap.first === undefined) this.#heaps.delete(place);
    }
    this.#outdated.clear();
    const nowMs = this.#alarms.nowMs();
    this.#shown.tick(nowMs);
    if (this.#heaps.size > 0) this.#alarms.set(this.#tick, nowMs + TICK_MS);
  }
}

function earliestOf(first: Deadline | undefined): number {
  return first?.dueMs ?? Number.POSITIVE_INFINITY;
}
