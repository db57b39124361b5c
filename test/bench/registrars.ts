import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { startMuster } from "./muster.ts";
import { consulArgv } from "./peers/consul.ts";
import { freePort, isInstalled, type Running, start } from "./processes.ts";
import type { FORMS } from "./register-forms.ts";

/** A server that takes registrations, and keeps them when it dies. */
export interface Registrar {
  readonly name: keyof typeof FORMS;
  /** A server of its own and empty, in this directory; a string says why it cannot be had here. */
  start(directory: string): Promise<RunningRegistrar | string>;
}

export interface RunningRegistrar extends Running {
  readonly url: string;
}

const READY_TIMEOUT_MS = 30_000;

export const REGISTRARS: readonly Registrar[] = [
  { name: "Muster", start: (directory) => startMuster({ directory, workers: 1 }) },
  {
    name: "Consul",
    async start(directory) {
      if (!isInstalled("consul")) return "consul is not installed";
      const { argv, url } = await consulArgv(directory);
      return ready(start(argv), url, "/v1/status/leader", (text) => text.length > '""'.length);
    },
  },
  {
    name: "etcd",
    async start(directory) {
      if (!isInstalled("etcd")) return "etcd is not installed";
      const [url, peers] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
      const flags = {
        "data-dir": join(directory, "etcd"),
        "listen-client-urls": url,
        "advertise-client-urls": url,
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": `default=${peers}`,
        "log-level": "error",
      };
      const argv = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
      return ready(start(["etcd", ...argv]), url, "/health", (text) => text.includes("true"));
    },
  },
];

/** Asks until the answer is as it should be. */
async function ready(
  running: Running,
  url: string,
  path: string,
  isReady: (text: string) => boolean,
): Promise<RunningRegistrar> {
  for (const endMs = performance.now() + READY_TIMEOUT_MS; performance.now() < endMs; await sleep(100)) {
    const text = await request(url + path).then(
      ({ body }) => body.text(),
      () => "",
    );
    if (isReady(text)) return { ...running, url };
  }
  await running.stop();
  throw new Error(`The server at ${url} was not ready within ${READY_TIMEOUT_MS} ms`);
}
