import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { atCleanUp } from "../bench/processes.ts";

/** What a target can be told to be. `hanging` takes connections and says nothing, `closed` takes none. */
export type Condition = "good" | "warning" | "failing" | "hanging" | "closed";

/** Something on an address of its own that a check, or its own heartbeats, tell of. */
export interface Target {
  readonly address: string;
  readonly port: number;
  readonly kind: "http" | "tcp" | "lease";
  /** Where it sends heartbeats, and how often. */
  readonly url: string;
  readonly beatMs: number;
}

const PROGRAM = fileURLToPath(new URL("host.mjs", import.meta.url));
const LOOK_EVERY_MS = 5;

const alive = new Set<ChildProcess>();
/** One that is stopped would not notice that its parent has ended. */
function endAll(): void {
  for (const child of alive) child.kill("SIGKILL");
}
atCleanUp(endAll);
process.once("exit", endAll);

/** A process that is many targets: what stops it stops them all at once. */
export class Host {
  readonly #targets: readonly Target[];
  #child: ChildProcess | undefined;
  #orders = 0;
  #state: "running" | "stopped" | "dead" = "dead";

  constructor(targets: readonly Target[]) {
    this.#targets = targets;
  }

  get state(): "running" | "stopped" | "dead" {
    return this.#state;
  }

  /** Starts the process, with all targets good. */
  async start(): Promise<void> {
    // A program of plain JavaScript: what runs this one's TypeScript would cost each child its start.
    const child = fork(PROGRAM, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child = child;
    alive.add(child);
    child.once("exit", () => alive.delete(child));
    this.#state = "running";
    await this.#order({
      open: this.#targets,
      set: this.#targets.map(({ address }) => ({ address, condition: "good" })),
    });
  }

  /** Resolves when all of it has taken effect. */
  async set(changes: readonly { readonly address: string; readonly condition: Condition }[]): Promise<void> {
    await this.#order({ set: changes });
  }

  async stop(): Promise<void> {
    this.#child!.kill("SIGSTOP");
    this.#state = "stopped";
    while (!isStopped(this.#child!.pid!)) await sleep(LOOK_EVERY_MS);
  }

  resume(): void {
    this.#child!.kill("SIGCONT");
    this.#state = "running";
  }

  async kill(): Promise<void> {
    const ended = once(this.#child!, "exit");
    this.#state = "dead";
    this.#child!.kill("SIGKILL");
    await ended;
  }

  async #order(order: object): Promise<void> {
    const number = ++this.#orders;
    const child = this.#child!;
    child.send({ order: number, ...order });
    for (;;) {
      const ended = new AbortController();
      const death = once(child, "exit", { signal: ended.signal }).then(() => {
        throw new Error("A host must not end by itself");
      });
      const [answer] = await Promise.race([once(child, "message", { signal: ended.signal }), death]);
      ended.abort();
      if (answer.order === number) return;
    }
  }
}

function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}
