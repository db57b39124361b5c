/** Lets at most so many tasks run at a time; the others wait in the order they came. A task must not reject. */
export class Budget {
  readonly #max: number;
  readonly #running = new Set<Promise<void>>();
  readonly #waiting = new Set<() => Promise<void>>();

  constructor(max: number) {
    this.#max = max;
  }

  get running(): number {
    return this.#running.size;
  }

  submit(task: () => Promise<void>): void {
    this.#waiting.add(task);
    this.#start();
  }

  /** Takes a task back that has not been started. */
  withdraw(task: () => Promise<void>): void {
    this.#waiting.delete(task);
  }

  /** Starts nothing more; resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#waiting.clear();
    await Promise.all(this.#running);
  }

  #start(): void {
    for (const task of this.#waiting) {
      if (this.#running.size >= this.#max) return;
      this.#waiting.delete(task);
      const run = task().then(() => {
        this.#running.delete(run);
        this.#start();
      });
      this.#running.add(run);
    }
  }
}
