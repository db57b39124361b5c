import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { CheckOf } from "../catalog/check.ts";
import { type Finding, type Probe, probing } from "./probe.ts";

/** Where programs are looked up; of this process's own environment, which holds secrets, nothing is passed on. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const OUTPUT_OCTETS_MAX = 8192;

/** Runs a program: exit 0 passes, 1 warns, all else fails. It finds the instance in MUSTER_ADDRESS and MUSTER_PORT. */
export const probeExec: Probe<CheckOf<"exec">> = ({ check, host, port }, signal) =>
  // Arguments may be secrets, and are not shown.
  probing(check.command[0]!, check, signal, () => run(check.command, { host, port }, signal));

/** Stands in where settings do not allow to run programs: a check may have been registered when they did. */
export const refuseExec: Probe<CheckOf<"exec">> = ({ check }, signal) =>
  probing(check.command[0]!, check, signal, () => ({
    kind: "failing",
    output: "the setting checks.exec does not allow it",
  }));

async function run(
  [program = "", ...words]: readonly string[],
  { host, port }: { host: string; port: number | undefined },
  signal: AbortSignal,
): Promise<Finding> {
  signal.throwIfAborted();
  const env = { PATH, MUSTER_ADDRESS: host, MUSTER_PORT: port === undefined ? "" : String(port) };
  // A session of its own, and so a process group, which ends as one.
  const child = spawn(program, words, { cwd: "/", env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  // What it leaves behind ends with it, and does not hold the output open.
  child.once("exit", () => endGroup(child));
  try {
    const output = collect(child);
    const [code, killedBy] = (await once(child, "close", { signal })) as [number | null, NodeJS.Signals | null];
    return judge(code, killedBy, output());
  } finally {
    if (child.exitCode === null && child.signalCode === null) endGroup(child);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function judge(code: number | null, killedBy: NodeJS.Signals | null, text: string): Finding {
  const end = killedBy === null ? `exit ${code}` : `killed by ${killedBy}`;
  const output = text === "" ? end : `${end}: ${text}`;
  return { kind: code === 0 ? "passing" : code === 1 ? "warning" : "failing", output };
}

/** What both streams bring, in the order it comes; what is beyond the limit is read and forgotten, so that nobody blocks. */
function collect({ stdout, stderr }: ChildProcessByStdio<null, Readable, Readable>): () => string {
  let output = Buffer.alloc(0);
  for (const stream of [stdout, stderr])
    stream.on("data", (chunk: Buffer) => {
      if (output.length < OUTPUT_OCTETS_MAX) output = Buffer.concat([output, chunk]);
    });
  return () => output.toString().trim();
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group is gone already.
  }
}
