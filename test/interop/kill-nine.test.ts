import { Pool } from "undici";
import { expect, test } from "vitest";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import { askAll } from "./ask.ts";
import { startMuster } from "./muster.ts";
import { directoryWith } from "./processes.ts";

const CONNECTIONS = 64;
const REGISTRATIONS = 10_000;
/** The server is killed when so many are acknowledged and as many again are on their way. */
const KILL_AFTER = 5000;
const PER_SERVICE = 1000;

interface Registration {
  readonly service: string;
  readonly id: string;
  readonly address: string;
}

test(`no registration of ${KILL_AFTER} acknowledged ones is lost by kill -9 in the middle of ${REGISTRATIONS}`, async () => {
  const MUSTER_DATA_DIR = directoryWith();
  const victim = await startMuster({ MUSTER_DATA_DIR });
  const acknowledged = await registerUntilKilled(victim.url, () => victim.signal("SIGKILL"));
  expect(acknowledged.length).toBeGreaterThanOrEqual(KILL_AFTER);
  expect(acknowledged.length).toBeLessThan(REGISTRATIONS);
  expect(await victim.ended).toBe("SIGKILL");

  const restarted = await startMuster({ MUSTER_DATA_DIR });
  const queries = acknowledged.map(({ service, id }) => ({
    name: parseName(`${id}.i.${service}.svc.internal`),
    type: TYPE.A,
  }));
  const answers = await askAll(restarted, queries);
  const lostInDns = acknowledged.filter(({ address }, i) => addressOf(answers[i]?.answer[0]?.rdata ?? "") !== address);
  expect(lostInDns).toEqual([]);

  const known = await readInstances(restarted.url);
  const lostInApi = acknowledged.filter(({ service, id, address }) => known.get(`${service}/${id}`) !== address);
  expect(lostInApi).toEqual([]);
});

/** Registers over all connections at once. Returns the registrations that were acknowledged. */
async function registerUntilKilled(url: string, kill: () => void): Promise<readonly Registration[]> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  const acknowledged: Registration[] = [];
  const register = async (registration: Registration) => {
    const { service, id, address } = registration;
    const { statusCode, body } = await pool.request({
      method: "PUT",
      path: `/v1/services/${service}/instances/${id}`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ address, port: 8080 }),
    });
    await body.dump();
    if (statusCode !== 200) throw new Error(`A registration must be answered with 200: got ${statusCode}`);
    if (acknowledged.push(registration) === KILL_AFTER) kill();
  };
  await Promise.allSettled(Array.from({ length: REGISTRATIONS }, (_, i) => register(registrationOf(i))));
  await pool.destroy();
  return acknowledged;
}

function registrationOf(i: number): Registration {
  return {
    service: `service-${Math.floor(i / PER_SERVICE)}`,
    id: `i-${i}`,
    address: `10.${i >> 16}.${(i >> 8) & 0xff}.${i & 0xff}`,
  };
}

/** The address of every instance, by `service/id`, as the API has it. */
async function readInstances(url: string): Promise<ReadonlyMap<string, string>> {
  const read = async <T>(path: string) => (await (await fetch(url + path)).json()) as T;
  const addresses = new Map<string, string>();
  const { services } = await read<{ services: { name: string }[] }>("/v1/services");
  for (const { name } of services) {
    const { instances } = await read<{ instances: { id: string; addresses: string[] }[] }>(`/v1/services/${name}`);
    for (const { id, addresses: own } of instances) addresses.set(`${name}/${id}`, own[0] ?? "");
  }
  return addresses;
}

function addressOf(rdata: string): string {
  return [...rdata].map((octet) => octet.charCodeAt(0)).join(".");
}
