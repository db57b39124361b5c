import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { firstLine, onCore, type Running, start } from "./processes.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const BATCH_WRITES = 1000;
export const ZONE = "svc.bench";

export interface Muster extends Running {
  readonly dnsPort: number;
  /** `http://127.0.0.1:NNN` */
  readonly url: string;
  /** From the start of the process to its ready line. */
  readonly startSeconds: number;
}

export interface MusterOptions {
  /** Holds data and zones, from one start to the next. */
  readonly directory: string;
  readonly isPinned?: boolean;
  readonly nodeFlags?: readonly string[];
}

/** Starts `muster serve` and waits for its ready line. */
export async function startMuster({ directory, isPinned, nodeFlags = [] }: MusterOptions): Promise<Muster> {
  const zones = join(directory, "zones");
  mkdirSync(zones, { recursive: true });
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MUSTER_"))),
    NODE_ENV: "production",
    MUSTER_DNS_LISTEN: "127.0.0.1:0",
    MUSTER_HTTP_LISTEN: "127.0.0.1:0",
    MUSTER_DNS_WORKERS: "0",
    MUSTER_DATA_DIR: join(directory, "data"),
    MUSTER_ZONES_DIR: zones,
    MUSTER_ZONE: ZONE,
    MUSTER_LOG_FORMAT: "json",
    MUSTER_LOG_LEVEL: "info",
    MUSTER_LAME_DUCK_SECONDS: "0",
  };
  const argv = [process.execPath, ...nodeFlags, MAIN, "serve"];
  const startMs = performance.now();
  const running = start(isPinned ? onCore("server", argv) : argv, env);
  const { dns, http } = await firstLine(running.log, readyLine);
  const startSeconds = (performance.now() - startMs) / 1000;
  return { ...running, dnsPort: Number(dns[0]?.split(":")[1]), url: `http://${http}`, startSeconds };
}

function readyLine(line: string): { dns: string[]; http: string } | undefined {
  if (!line.includes('"ready"')) return undefined;
  const entry = JSON.parse(line) as { msg: string; dns: string[]; http: string };
  return entry.msg === "ready" ? entry : undefined;
}

export interface Layout {
  readonly services: number;
  readonly instancesPerService: number;
}

/** Registers a whole layout through /v1/batch: `s-0` … each with `i-0` …. */
export async function fill(url: string, { services, instancesPerService }: Layout): Promise<void> {
  const http = new Pool(url, { connections: 1 });
  const count = services * instancesPerService;
  for (let from = 0; from < count; from += BATCH_WRITES) {
    const numbers = Array.from({ length: Math.min(BATCH_WRITES, count - from) }, (_, i) => from + i);
    const writes = numbers.map((n) => {
      const path = instancePath(Math.floor(n / instancesPerService), n % instancesPerService);
      return { method: "PUT", path, body: registration(n) };
    });
    await send(http, "POST", "/v1/batch", { writes });
  }
  await http.close();
}

export function instancePath(service: number, instance: number): string {
  return `/v1/services/s-${service}/instances/i-${instance}`;
}

/** What the bench registers. */
export function registration(n: number): object {
  return { address: addressOf(n), port: 8080, meta: { version: "1.4.2" } };
}

function addressOf(n: number): string {
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
}

/** Sends one request and returns its body. Rejects unless it succeeded. */
export async function send(
  http: Pool,
  method: "GET" | "PUT" | "POST" | "DELETE",
  path: string,
  body?: object,
): Promise<string> {
  const response = await http.request({
    method,
    path,
    ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.body.text();
  if (response.statusCode >= 300) throw new Error(`${method} ${path} was answered ${response.statusCode}: ${text}`);
  return text;
}
