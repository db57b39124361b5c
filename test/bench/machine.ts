import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { CORES } from "./processes.ts";
import type { Effort } from "./report.ts";

/** What the figures are of: processor, Node, and how the cores were shared. */
export function machineText(): string {
  const cores = CORES ? "server and load on a core each" : "no cores chosen";
  return `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}, ${cores}`;
}

/** When, of which version, and how much. */
export function runText({ rounds, seconds }: Effort): string {
  const { stdout } = spawnSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" });
  const version = stdout?.trim() || "unknown";
  return `${new Date().toISOString().slice(0, 10)}, version ${version}, ${rounds} rounds of ${seconds} s`;
}
