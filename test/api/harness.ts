import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { createApi } from "../../src/api/api.ts";
import type { ApiOptions } from "../../src/api/options.ts";
import { Catalog } from "../../src/catalog/catalog.ts";
import { History } from "../../src/catalog/history.ts";
import type { Revision, Store } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { createMemoryStore } from "../../src/store/memory.ts";
import { SCHEME } from "../support/registry.ts";

export interface Harness {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly catalog: Catalog;
  /** What was heard through `heartbeat` and `renew`. */
  readonly heard: unknown[][];
  /** How many requests wait for a publication. */
  waiting(): number;
  /** Sends a request with a JSON body. */
  send(
    method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE",
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

const WALL_MS = 1_700_000_000_000;

/** The API over a memory store and the smallest publisher: it folds the feed, and what is folded is published. */
export async function startApi(changes: Partial<ApiOptions> = {}): Promise<Harness> {
  const store = createMemoryStore();
  const catalog = new Catalog();
  const history = new History();
  const heard: unknown[][] = [];
  const waiters = new Map<() => boolean, () => void>();
  const wake = () => {
    for (const [isDue, resolve] of waiters) if (isDue() && waiters.delete(isDue)) resolve();
  };
  const follower = store.follow(null, (item) => {
    const touched = nothingTouched();
    catalog.apply(item, touched);
    history.fold(catalog, touched, WALL_MS);
    wake();
  });
  const published = (isDue: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiters.set(isDue, resolve);
      wake();
    });
  let polls = 0;
  const app = await createApi({
    settings: {
      checks: { exec: false },
      http: { listen: { address: "127.0.0.1", port: 0 }, token: undefined },
      zone: "svc.internal",
    },
    log: { warn() {}, error: (details) => console.error(details) },
    catalog: () => catalog,
    store,
    reached: (revision: Revision) => published(() => catalog.revision >= revision),
    nextPublication: async (signal) => {
      polls++;
      const from = catalog.revision;
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      await Promise.race([published(() => catalog.revision > from), aborted]);
      polls--;
    },
    heartbeat: async (...heartbeat) => {
      heard.push(heartbeat);
      return { kind: "renewed" };
    },
    renew: async (...target) => {
      heard.push(target);
      return { kind: "renewed" };
    },
    lead: (service) => heard.push([service]),
    leadSecondsLeft: () => 7.25,
    prospect: () => undefined,
    checkResults: () => [],
    flapping: () => undefined,
    inspector: { scheme: () => SCHEME, ask: () => undefined, place: () => undefined },
    history,
    clash: () => undefined,
    readiness: () => ({ isReady: true, parts: [{ name: "store", isReady: true }] }),
    metricsText: async () => ({ contentType: "text/plain; version=0.0.4", body: "muster_up 1\n" }),
    status: () => ({ version: "0.0.0" }),
    wallMs: () => WALL_MS,
    drainSeconds: () => 0,
    ...changes,
  });
  const send: Harness["send"] = (method, url, body, headers = {}) => {
    const payload = body === undefined ? {} : { payload: typeof body === "string" ? body : JSON.stringify(body) };
    return app.inject({ method, url, headers, ...payload } as InjectOptions);
  };
  const close = async () => {
    await app.close();
    follower.close();
    await store.close();
  };
  return { app, store, catalog, heard, waiting: () => polls, send, close };
}
