import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Churn, Churned } from "./churn-load.ts";
import { atCleanUp, onCore } from "./processes.ts";

const LOAD = fileURLToPath(new URL("churn-load.ts", import.meta.url));

/** Changes a server's table while something else is measured; ends with the bench. */
export class Churner {
  readonly #churn: Churn;
  readonly #child: ChildProcess;
  readonly #ended: Promise<undefined>;

  constructor(churn: Churn) {
    this.#churn = churn;
    const [command, ...args] = onCore("load", [process.execPath, ...process.execArgv, LOAD]);
    this.#child = spawn(command!, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#ended = once(this.#child, "exit").then(() => undefined);
    atCleanUp(() => this.stop());
  }

  /** Does something while the table changes; returns what it gives and how many changes a second there were. */
  async during<T>(work: () => Promise<T>): Promise<{ result: T; changesPerSecond: number }> {
    this.#child.send(this.#churn);
    const result = await work();
    const churned = once(this.#child, "message");
    this.#child.send("stop");
    const answer = (await Promise.race([churned, this.#ended])) as [Churned] | undefined;
    if (answer === undefined) throw new Error("The load that changes the table ended early");
    const [{ changes, seconds }] = answer;
    return { result, changesPerSecond: changes / seconds };
  }

  stop(): void {
    this.#child.kill();
  }
}
