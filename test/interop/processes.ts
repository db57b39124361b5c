import { type ExecFileException, execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const LOOK_EVERY_MS = 25;
const EVENTUALLY_MS = 30_000;
const STOP_MS = 10_000;
const OUTPUT_OCTETS_MAX = 16 * 1024 * 1024;

export interface Running {
  /** What it wrote to stdout and stderr so far, by lines. */
  readonly lines: readonly string[];
  /** Resolves when it has ended, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  signal(signal: NodeJS.Signals): void;
}

/** Starts a program for the running test; it ends with the test at the latest, whichever way that ends. */
export function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  // In a process group of its own, so that its children end with it.
  const child = spawn(program, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => lines.push(line));
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("error", (error) => lines.push(error.message));
    child.once("close", (code, signal) => resolve(code ?? signal ?? "SIGKILL"));
  });
  const signalGroup = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, signal);
    }
  };
  const killGroup = () => signalGroup("SIGKILL");
  process.once("exit", killGroup);
  onTestFinished(async () => {
    signalGroup("SIGTERM");
    const timer = setTimeout(killGroup, STOP_MS);
    await ended;
    clearTimeout(timer);
    process.off("exit", killGroup);
  });
  return { lines, ended, signal: (signal) => child.kill(signal) };
}

/** Runs a program to its end and returns what it wrote to stdout. Rejects, with all it wrote, when it fails. */
export async function run(program: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { maxBuffer: OUTPUT_OCTETS_MAX });
    return stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as ExecFileException & { stdout: string; stderr: string };
    throw new Error(`${program} must end with 0: got ${code}\n${stderr}${stdout}`, { cause: error });
  }
}

/** Looks again and again until there is something to see, and returns it. `what` is told when the time is over. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  what: () => string,
): Promise<T> {
  for (const deadlineMs = performance.now() + EVENTUALLY_MS; ; await wait(LOOK_EVERY_MS)) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadlineMs) throw new Error(`Not within ${EVENTUALLY_MS} ms: ${what()}`);
  }
}

/** Looks again and again until it sees just these, in this order. `subject` and `remarks` are told when the time is over. */
export async function eventuallySees(
  look: () => Promise<readonly string[]>,
  expected: readonly string[],
  subject: string,
  remarks: () => readonly string[] = () => [],
): Promise<void> {
  let seen: readonly string[] = [];
  await eventually(
    async () => {
      seen = await look();
      return seen.join() === expected.join() ? true : undefined;
    },
    () =>
      [`${subject} must be ${expected.join() || "nothing"}: got ${seen.join() || "nothing"}`, ...remarks()].join("\n"),
  );
}

/** A directory with these files, for the running test. */
export function directoryWith(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), "muster-interop-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

/** An address of the loopback network that no other test has, in all likelihood: with it all its ports are free. */
export function ownAddress(): string {
  return `127.${randomInt(16, 240)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

/** A port of this address that is free at the moment, for programs that cannot be given port 0. */
export async function freePort(address: string): Promise<number> {
  const socket = createSocket("udp4").bind(0, address);
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
