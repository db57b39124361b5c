import { setMaxListeners } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach } from "vitest";
import type { ProbeResult } from "../../src/health/probe.ts";

/** Servers for probes to look at; each test's end with it. */

export const TIMING = { intervalSeconds: 5, timeoutSeconds: 2, passAfter: 1, failAfter: 2 };
export const never = new AbortController().signal;
// Each probe has a signal of its own otherwise.
setMaxListeners(0, never);

const servers: Server[] = [];
export const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

export async function listen(server: Server, host = "127.0.0.1"): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

/** A port of 127.0.0.1 that nothing listens on. */
export async function closedPort(): Promise<number> {
  const port = await listen(createServer());
  await new Promise((resolve) => servers.pop()?.close(resolve));
  return port;
}

/** `passing: HTTP 200 OK`, without what was asked. */
export function shown(result: ProbeResult): string {
  return `${result.kind}: ${result.kind === "failing" ? result.reason : result.output}`;
}
