/** Must not reject. */
export type Task = () => Promise<void>;

export interface BudgetLimits {
  readonly tasksMax: number;
  readonly tasksPerTargetMax: number;
}

/** The tasks that turn to one target. */
interface Lane {
  readonly target: string;
  running: number;
  readonly waiting: Set<Task>;
}

/**
 * Lets at most so many tasks run at a time, in all and for each target. The others wait: those of a target in the order
 * they came, the targets in turns, so that one that does not answer delays nobody but itself.
 */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes of which a task could start, by whose turn it is. */
  readonly #ready = new Set<Lane>();
  readonly #running = new Set<Promise<void>>();

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    let waiting = 0;
    for (const lane of this.#lanes.values()) waiting += lane.waiting.size;
    return waiting;
  }

  submit(target: string, task: Task): void {
    const lane = this.#lanes.get(target) ?? { target, running: 0, waiting: new Set() };
    this.#lanes.set(target, lane);
    lane.waiting.add(task);
    this.#settle(lane);
    this.#start();
  }

  /** Takes a task back that has not been started. */
  withdraw(target: string, task: Task): void {
    const lane = this.#lanes.get(target);
    if (lane?.waiting.delete(task)) this.#settle(lane);
  }

  /** Starts nothing more; resolves when what runs has ended. */
  async close(): Promise<void> {
    for (const lane of this.#lanes.values()) lane.waiting.clear();
    this.#ready.clear();
    await Promise.all(this.#running);
  }

  #start(): void {
    for (const lane of this.#ready) {
      if (this.#running.size >= this.#limits.tasksMax) return;
      for (const task of lane.waiting) {
        this.#run(lane, task);
        break;
      }
    }
  }

  #run(lane: Lane, task: Task): void {
    lane.waiting.delete(task);
    lane.running++;
    // To the end of the line, where the loop that starts tasks meets it again.
    this.#ready.delete(lane);
    this.#settle(lane);
    const run = task().then(() => {
      lane.running--;
      this.#running.delete(run);
      this.#settle(lane);
      this.#start();
    });
    this.#running.add(run);
  }

  #settle(lane: Lane): void {
    const canStart = lane.waiting.size > 0 && lane.running < this.#limits.tasksPerTargetMax;
    if (canStart) this.#ready.add(lane);
    else this.#ready.delete(lane);
    if (lane.waiting.size === 0 && lane.running === 0) this.#lanes.delete(lane.target);
  }
}
