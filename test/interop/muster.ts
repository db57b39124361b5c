import { fileURLToPath } from "node:url";
import type { Endpoint } from "../../src/server/transport.ts";
import { directoryWith, eventually, type Running, run, start } from "./processes.ts";

/** The example zones of the project. */
export const EXAMPLE_ZONES = fileURLToPath(new URL("../../zones", import.meta.url));
const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

interface LogLine {
  readonly msg: string;
  readonly dns?: readonly string[];
  readonly http?: string;
}

export interface Muster extends Running, Endpoint {
  /** `http://127.0.0.1:NNN` */
  readonly url: string;
  /** The output of dig, asking this server once, without recursion. */
  dig(...args: string[]): Promise<string>;
  /** The RDATA of an answer, sorted. */
  rdata(name: string, type: string): Promise<readonly string[]>;
  /** Calls the HTTP API with curl and returns the body. Rejects when the status is not 2xx. */
  curl(method: string, path: string, body?: unknown): Promise<string>;
}

/**
 * Runs the built server as a program of its own and waits until it is ready: free ports of the loopback network, and data
 * and zones in temporary directories unless `env` has others.
 */
export async function startMuster(env: Readonly<Record<string, string>> = {}): Promise<Muster> {
  const running = start(process.execPath, [MAIN, "serve"], {
    ...withoutSettings(process.env),
    MUSTER_DNS_LISTEN: "127.0.0.1:0",
    MUSTER_HTTP_LISTEN: "127.0.0.1:0",
    MUSTER_DATA_DIR: env["MUSTER_DATA_DIR"] ?? directoryWith(),
    MUSTER_ZONES_DIR: env["MUSTER_ZONES_DIR"] ?? directoryWith(),
    MUSTER_LOG_FORMAT: "json",
    MUSTER_LAME_DUCK_SECONDS: "0",
    ...env,
  });
  const ready = await eventually(
    () => running.lines.map(parseLogLine).find((line) => line?.msg === "ready"),
    () => `the server is ready:\n${running.lines.join("\n")}`,
  );
  const [address = "", port = ""] = ready.dns?.[0]?.split(":") ?? [];
  const url = `http://${ready.http}`;
  const dig = (...args: string[]) =>
    run("dig", `@${address}`, "-p", port, "+norecurse", "+nocookie", "+tries=2", "+time=3", ...args);
  return {
    ...running,
    address,
    port: Number(port),
    url,
    dig,
    rdata: async (name, type) => (await dig("+short", name, type)).split("\n").filter(Boolean).sort(),
    curl: (method, path, body) => {
      const data = body === undefined ? [] : ["--data", JSON.stringify(body)];
      return run("curl", "--silent", "--show-error", "--fail-with-body", "--request", method, ...data, url + path);
    },
  };
}

function parseLogLine(line: string): LogLine | undefined {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}

/** The settings of whoever runs the tests are not the tests'. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("MUSTER_")));
}
