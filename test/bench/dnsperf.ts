import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cpuSeconds, onCore, type Running, start } from "./processes.ts";

export type Transport = "udp" | "tcp" | "dot";

export interface Asking {
  readonly file: string;
  readonly seconds: number;
  readonly transport?: Transport;
  /** Sockets or connections. */
  readonly clients?: number;
  /** Where a server uses all cores, so does the load. */
  readonly isPinned?: boolean;
}

/** What a server did when it was asked as fast as it answered. */
export interface Run {
  readonly queries: number;
  readonly seconds: number;
  /** User and system time of all threads and children of the server. */
  readonly cpuSeconds: number;
  /** Of an average response. */
  readonly octets: number;
  /** Of the responses, by the name of the rcode. */
  readonly shares: Readonly<Record<string, number>>;
}

/** More than this and the figures speak of the losses, not of the server. */
const LOST_SHARE_MAX = 0.01;
const IN_FLIGHT = 100;
/** Enough that each worker has its share. */
const SOCKETS_STEADY = 32;

/** Asks a server as fast as it answers, with EDNS, and takes its CPU time before and after. A string says why it does not count. */
export async function dnsperf(server: { pid: number; port: number }, asking: Asking): Promise<Run | string> {
  const { file, seconds, transport = "udp", clients = 4, isPinned = true } = asking;
  const options = { "-m": transport, "-c": clients, "-q": IN_FLIGHT, "-l": seconds, "-O": "suppress=timeout" };
  const [command, ...args] = onCore(isPinned ? "load" : "any", commandLine(server.port, file, options));
  const before = cpuSeconds(server.pid);
  const { stdout } = await promisify(execFile)(command!, args);
  const used = cpuSeconds(server.pid) - before;
  const [sent, completed] = [numberIn(stdout, "Queries sent"), numberIn(stdout, "Queries completed")];
  // What was under way at the end is not counted as lost.
  if (sent - completed > Math.max(IN_FLIGHT, sent * LOST_SHARE_MAX))
    return `${sent - completed} of ${sent} queries were lost`;
  return {
    queries: completed,
    seconds: numberIn(stdout, "Run time \\(s\\)"),
    cpuSeconds: used,
    octets: Number(/response (\d+)/.exec(stdout)?.[1]),
    shares: sharesOf(/Response codes:(.*)/.exec(stdout)?.[1] ?? "", completed),
  };
}

/** Asks at a steady rate until it is stopped. */
export function dnsperfAt(port: number, file: string, queriesPerSecond: number): Running {
  return start(commandLine(port, file, { "-c": SOCKETS_STEADY, "-Q": Math.round(queriesPerSecond), "-l": 86_400 }));
}

function commandLine(port: number, file: string, options: Readonly<Record<string, string | number>>): string[] {
  const all = { "-s": "127.0.0.1", "-p": port, "-d": file, ...options };
  return ["dnsperf", "-e", ...Object.entries(all).flat().map(String)];
}

/** Reads `NOERROR 750 (75.00%), NXDOMAIN 250 (25.00%)`. */
function sharesOf(text: string, responses: number): Record<string, number> {
  const entries = [...text.matchAll(/([A-Z]+) (\d+)/g)].map(([, rcode, count]) => [rcode!, Number(count) / responses]);
  return Object.fromEntries(entries);
}

function numberIn(text: string, label: string): number {
  return Number(new RegExp(`${label}:\\s+([0-9.]+)`).exec(text)?.[1]);
}
