import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";
import { firstLine, onCore, type Running, start } from "./processes.ts";
import { addressOf, instanceCount, type Layout, META, PORT, ZONE } from "./table.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const BATCH_WRITES = 1000;

export interface Muster extends Running {
  readonly dnsPort: number;
  /** Where it answers DNS over TLS, if it was given a certificate. */
  readonly tlsPort: number;
  /** `http://127.0.0.1:NNN` */
  readonly url: string;
  /** From the start of the process to its ready line. */
  readonly startSeconds: number;
}

export interface MusterOptions {
  /** Holds data and zones, from one start to the next. */
  readonly directory: string;
  /** On the core of the server under test, alone. */
  readonly isPinned?: boolean;
  /** UDP workers; 0 is dgram in the main thread. */
  readonly workers?: number;
  readonly nodeFlags?: readonly string[];
  /** Further settings, by the names they have in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The program, where it is not this checkout's. */
  readonly main?: string;
}

/** Starts `muster serve` and waits for its ready line. */
export async function startMuster(options: MusterOptions): Promise<Muster> {
  const { directory, isPinned, workers = 0, nodeFlags = [], settings = {}, main = MAIN } = options;
  const zones = join(directory, "zones");
  mkdirSync(zones, { recursive: true });
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MUSTER_"))),
    NODE_ENV: "production",
    MUSTER_DNS_LISTEN: "127.0.0.1:0",
    MUSTER_HTTP_LISTEN: "127.0.0.1:0",
    MUSTER_DNS_WORKERS: String(workers),
    MUSTER_DATA_DIR: join(directory, "data"),
    MUSTER_ZONES_DIR: zones,
    MUSTER_ZONE: ZONE,
    MUSTER_LOG_FORMAT: "json",
    MUSTER_LOG_LEVEL: "info",
    MUSTER_LAME_DUCK_SECONDS: "0",
    ...settings,
  };
  const argv = [process.execPath, ...nodeFlags, main, "serve"];
  const startMs = performance.now();
  const running = start(isPinned ? onCore("server", argv) : argv, env);
  const ready = await firstLine(running.log, readyLine);
  const startSeconds = (performance.now() - startMs) / 1000;
  const [dnsPort, tlsPort] = [ready.dns, ready.tls].map((endpoints) => Number(endpoints?.[0]?.split(":")[1]));
  return { ...running, dnsPort: dnsPort!, tlsPort: tlsPort!, url: `http://${ready.http}`, startSeconds };
}

interface Ready {
  readonly msg: string;
  readonly dns: readonly string[];
  readonly tls?: readonly string[];
  readonly http: string;
}

function readyLine(line: string): Ready | undefined {
  if (!line.includes('"ready"')) return undefined;
  const entry = JSON.parse(line) as Ready;
  return entry.msg === "ready" ? entry : undefined;
}

/** Registers a whole layout through /v1/batch: `s-0` … each with `i-0` …. */
export async function fill(url: string, layout: Layout): Promise<void> {
  const http = new Pool(url, { connections: 1 });
  const { instancesPerService } = layout;
  const count = instanceCount(layout);
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
  return { address: addressOf(n), port: PORT, meta: META };
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
