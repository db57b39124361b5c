import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { onTestFinished } from "vitest";
import type { Muster } from "./muster.ts";
import { ownAddress } from "./processes.ts";

/** An instance of the service `web`, and the HTTP server that is checked there. */
export interface Member {
  readonly id: string;
  readonly address: string;
  /** As registered. */
  readonly weight: number;
  readonly server: Server;
}

/** Every member listens at this port, of an address of its own. */
export const PORT = 8080;
const FLEET = 100;
/** With a time-out that a busy machine does not reach twice: a failure is a death. */
const CHECK = { kind: "http", url: "/", intervalSeconds: 2, timeoutSeconds: 1.9, failAfter: 2 };
const INSTANCES = "/v1/services/web/instances";

/**
 * Leads a fleet through joins, changed weights, deaths, drains, maintenance and returns. After each step `follows` waits
 * until the clients have these members, with these weights. Returns those who left, and did so once.
 */
export async function leadThrough(
  muster: Muster,
  follows: (members: readonly Member[]) => Promise<void>,
): Promise<readonly Member[]> {
  const young = await startMembers();
  await register(muster, young.slice(0, 60));
  await follows(young.slice(0, 60));
  await register(muster, young.slice(60));
  await follows(young);

  const fleet = young.map((member, i) => ({ ...member, weight: i % 2 === 0 ? 20 : 5 }));
  await batch(muster, "PATCH", fleet, "", ({ weight }) => ({ weight }));
  await follows(fleet);

  const part = (n: number) => fleet.filter((_, i) => i % 20 === n);
  const [refusing, hanging, draining, resting] = [part(3), part(8), part(13), part(18)];
  const leavers = [...refusing, ...hanging, ...draining, ...resting];
  for (const { server } of refusing) server.close().closeAllConnections();
  for (const { server } of hanging) server.removeAllListeners("request");
  await batch(muster, "PUT", resting, "/maintenance", () => ({ reason: "a new disk" }));
  await Promise.all(draining.map(({ id }) => muster.curl("DELETE", `${INSTANCES}/${id}?drain=true`)));
  await follows(fleet.filter((member) => !leavers.includes(member)));

  await Promise.all(refusing.map(listen));
  for (const { server } of hanging) server.on("request", respond);
  await batch(muster, "DELETE", resting, "/maintenance");
  await register(muster, draining);
  await follows(fleet);
  return leavers;
}

async function startMembers(): Promise<readonly Member[]> {
  const network = ownAddress().replace(/\d+$/, "");
  const members = Array.from({ length: FLEET }, (_, i) => {
    return { id: `${i}`, address: `${network}${i + 1}`, weight: 10, server: createServer(respond) };
  });
  onTestFinished(() => {
    for (const { server } of members) server.close().closeAllConnections();
  });
  await Promise.all(members.map(listen));
  return members;
}

const respond: RequestListener = (_, response) => {
  response.end();
};

async function listen({ server, address }: Member): Promise<void> {
  await once(server.listen(PORT, address), "listening");
}

function register(muster: Muster, members: readonly Member[]): Promise<void> {
  return batch(muster, "PUT", members, "", ({ address, weight }) => {
    return { address, ports: { http: PORT }, weight, checks: [CHECK] };
  });
}

/** One write for each of the members, all in one commit. */
async function batch(
  muster: Muster,
  method: string,
  members: readonly Member[],
  below: string,
  bodyOf?: (member: Member) => unknown,
): Promise<void> {
  const writes = members.map((member) => {
    return { method, path: `${INSTANCES}/${member.id}${below}`, ...(bodyOf && { body: bodyOf(member) }) };
  });
  await muster.curl("POST", "/v1/batch", { writes });
}
