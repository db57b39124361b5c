import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { type Contender, startDns } from "../contender.ts";
import { freePort, isInstalled } from "../processes.ts";
import type { Naming } from "../queries.ts";
import { type Instance, instanceCount, instancesOf, type Layout, META, PORT, ZONE } from "../table.ts";

const INSTANCES_MAX = 10_000;
const CONNECTIONS = 64;
const LEADER_TIMEOUT_MS = 30_000;

/** An instance is a node of its own with one service, so that every instance has its address and metadata by name. */
const NAMES: Naming = {
  instance: (service, id) => `i-${id}-s-${service}.node.${ZONE}`,
  service: (service) => `s-${service}.service.${ZONE}`,
  nothing: (label) => `${label}.service.${ZONE}`,
};

/** A server of its own, without peers, as `consul agent -server -bootstrap` runs. */
export const CONSUL: Contender = {
  name: "Consul",
  names: NAMES,
  async start(place) {
    if (!isInstalled("consul")) return "consul is not installed";
    if (instanceCount(place.layout) > INSTANCES_MAX) return `only measured up to ${INSTANCES_MAX} instances`;
    const { argv, url, dns } = await consulArgv(place.directory);
    return startDns(place, dns, argv, { names: NAMES, fill: () => registerAll(url, place.layout) });
  },
};

/** The command of a server of its own that keeps its data in a directory, and where it will answer. */
export async function consulArgv(directory: string): Promise<{ argv: string[]; url: string; dns: number }> {
  const [dns, http, server, lan] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const configuration = {
    server: true,
    bootstrap: true,
    data_dir: directory,
    bind_addr: "127.0.0.1",
    domain: ZONE,
    ports: { dns, http, server, serf_lan: lan, serf_wan: -1, grpc: -1, https: -1 },
    dns_config: { udp_answer_limit: 100, node_ttl: "5s", service_ttl: { "*": "5s" } },
    limits: { http_max_conns_per_client: 1000 },
    disable_update_check: true,
    log_level: "err",
  };
  const file = join(directory, "consul.json");
  writeFileSync(file, JSON.stringify(configuration));
  return { argv: ["consul", "agent", `-config-file=${file}`], url: `http://127.0.0.1:${http}`, dns };
}

async function registerAll(url: string, layout: Layout): Promise<void> {
  const http = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  await leaderOf(http);
  const instances = instancesOf(layout);
  const registerInTurn = async () => {
    for (const instance of instances) await register(http, instance);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, registerInTurn));
  await http.close();
}

async function register(http: Pool, { service, id, address }: Instance): Promise<void> {
  const { statusCode, body } = await http.request({
    method: "PUT",
    path: "/v1/catalog/register",
    body: JSON.stringify({
      Node: `i-${id}-s-${service}`,
      Address: address,
      NodeMeta: META,
      Service: { Service: `s-${service}`, ID: `i-${id}`, Port: PORT },
    }),
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`Consul answered a registration with ${statusCode}: ${text}`);
}

async function leaderOf(http: Pool): Promise<void> {
  for (const endMs = performance.now() + LEADER_TIMEOUT_MS; performance.now() < endMs; await sleep(200)) {
    const leader = await http.request({ method: "GET", path: "/v1/status/leader" }).catch(() => undefined);
    if (((await leader?.body.text().catch(() => '""')) ?? '""') !== '""') return;
  }
  throw new Error(`Consul had no leader within ${LEADER_TIMEOUT_MS} ms`);
}
