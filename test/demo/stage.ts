import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 5000;

export interface Server {
  /** `127.0.0.1:NNN` */
  readonly dns: string;
  readonly http: string;
  /** Runs a muster command against this server and returns what it printed. */
  muster(...args: string[]): Promise<string>;
  /** The RDATA of a question, sorted, one per line; empty when there is none. */
  look(name: string, type: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts `muster serve` on free ports with a data directory of its own, and waits until it says that it is ready. */
export async function startServer(zone: string): Promise<Server> {
  const directory = mkdtempSync(join(tmpdir(), "muster-demo-"));
  const env = {
    ...withoutMuster(process.env),
    MUSTER_DNS_LISTEN: "127.0.0.1:0",
    MUSTER_HTTP_LISTEN: "127.0.0.1:0",
    MUSTER_DATA_DIR: directory,
    MUSTER_ZONES_DIR: directory,
    MUSTER_ZONE: zone,
    MUSTER_LOG_FORMAT: "json",
  };
  // In a process group of its own, so that Ctrl-C reaches only the demo, which then stops the server in order.
  const child = spawn(process.execPath, [MAIN, "serve"], { env, stdio: ["ignore", "ignore", "pipe"], detached: true });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const { dns, http } = await readyLine(child.stderr);
    const clientEnv = { ...withoutMuster(process.env), MUSTER_URL: `http://${http}`, MUSTER_ZONE: zone };
    const muster = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], { env: clientEnv });
      return stdout;
    };
    return { dns, http, muster, look: looker(dns, muster), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const DIG = "dig";
export const HAS_DIG = spawnSync(DIG, ["-v"]).status === 0;

function looker(dns: string, muster: Server["muster"]): Server["look"] {
  const [address, port] = dns.split(":") as [string, string];
  return async (name, type) => {
    const output = HAS_DIG
      ? (await promisify(execFile)(DIG, [`@${address}`, "-p", port, "+short", "+tries=1", name, type])).stdout
      : await muster("resolve", name, type, "--server", dns, "--short").catch(() => "");
    return output
      .split("\n")
      .filter((line) => line !== "")
      .sort();
  };
}

export interface Instance {
  readonly address: string;
  readonly port: number;
  isHealthy: boolean;
  stop(): Promise<void>;
}

/** A small web server whose /health says 200 or 503 as `isHealthy` has it. Port 0 takes a free one. */
export async function startInstance(address: string, port: number): Promise<Instance> {
  const server = createServer((_, response) => {
    response.statusCode = instance.isHealthy ? 200 : 503;
    response.end(`${address} ${instance.isHealthy ? "is well" : "is broken"}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, address, resolve);
  });
  const instance = {
    address,
    port: (server.address() as AddressInfo).port,
    isHealthy: true,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return instance;
}

/** Reads the log until the line that tells the endpoints; what was logged before is the reason when it never comes. */
async function readyLine(log: NodeJS.ReadableStream): Promise<{ dns: string; http: string }> {
  const lines: string[] = [];
  const reader = createInterface({ input: log });
  const timer = setTimeout(() => reader.close(), START_TIMEOUT_MS);
  try {
    for await (const line of reader) {
      lines.push(line);
      const entry = parseLog(line);
      if (entry.msg === "ready" && entry.dns?.[0] && entry.http) return { dns: entry.dns[0], http: entry.http };
    }
  } finally {
    clearTimeout(timer);
    log.resume(); // The server must not block on a full pipe.
  }
  throw new Error(`The server did not start:\n${lines.join("\n")}`);
}

function parseLog(line: string): { msg?: string; dns?: string[]; http?: string } {
  try {
    return JSON.parse(line) as object;
  } catch {
    return {};
  }
}

/** The settings of whoever runs the demo are not the demo's. */
function withoutMuster(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("MUSTER_")));
}
