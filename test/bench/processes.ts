import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";

const STOP_TIMEOUT_MS = 10_000;
const LOG_CHARACTERS_MAX = 10_000;
/** The kernel's unit of CPU time in /proc (USER_HZ), which is this on every Linux. */
const TICKS_PER_SECOND = 100;

/** The core that the server under test has to itself, and the one for the load; undefined where they cannot be had. */
export const CORES = isInstalled("taskset") && availableParallelism() >= 2 ? { server: 0, load: 1 } : undefined;

export function isInstalled(command: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
}

const closers = new Set<() => Promise<void>>();

/** Ends everything that was started and removes every directory that was made. */
export async function cleanUp(): Promise<void> {
  for (const close of [...closers].reverse()) await close();
}

/** Has something undone by `cleanUp`, the last first. */
export function atCleanUp(close: () => void | Promise<void>): void {
  closers.add(async () => close());
}

/** A directory of its own, gone after `cleanUp`. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "muster-bench-"));
  atCleanUp(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface Running {
  readonly pid: number;
  /** Its standard error. */
  readonly log: Interface;
  /** SIGTERM, and SIGKILL when that does not help. */
  stop(): Promise<void>;
}

/** The command that runs `argv` on one core, if cores can be chosen, or on any. */
export function onCore(core: "server" | "load" | "any", argv: readonly string[]): readonly string[] {
  return CORES === undefined || core === "any" ? argv : ["taskset", "-c", String(CORES[core]), ...argv];
}

export function start([command, ...args]: readonly string[], env = process.env): Running {
  const child = spawn(command!, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
  const stop = async () => {
    closers.delete(stop);
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  };
  closers.add(stop);
  const log = createInterface(child.stderr);
  log.resume(); // A server must not block on a full pipe.
  return { pid: child.pid!, log, stop };
}

/** What the first fitting line of a log says from now on. Rejects with what it said when it ends without one. */
export function firstLine<T>(log: Interface, read: (line: string) => T | undefined): Promise<T> {
  let said = "";
  return new Promise((resolve, reject) => {
    log.on("line", (line) => {
      const found = read(line);
      if (found !== undefined) resolve(found);
      else said = `${said}\n${line}`.slice(-LOG_CHARACTERS_MAX);
    });
    log.once("close", () => reject(new Error(`The server ended before it was ready:${said}`)));
  });
}

/** Seconds of CPU that a process, all its threads and all its descendants have used, in user and system mode. */
export function cpuSeconds(pid: number): number {
  const all = readdirSync("/proc").flatMap((name) => (/^[0-9]+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
  const family = new Set([pid]);
  // A child's number may be smaller than its parent's, so one pass is not enough.
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  return all.reduce((sum, one) => sum + (family.has(one.pid) ? one.ticks : 0), 0) / TICKS_PER_SECOND;
}

function statOf(pid: number): { pid: number; parent: number; ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { pid, parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined; // It has ended.
  }
}

/** Resident octets of a process. */
export function rssOctets(pid: number): number {
  const kilobytes = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
  return Number(kilobytes) * 1024;
}

/** A UDP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}
