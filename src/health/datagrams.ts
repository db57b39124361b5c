import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { on, once } from "node:events";
import type { Endpoint } from "./probe.ts";

/**
 * Sends a datagram and gives those that come back from there, until nobody wants more. Rejects when the signal aborts, and
 * when an ICMP message says that nobody listens, which only a connected socket hears.
 */
export async function* exchange({ host, port }: Endpoint, datagram: Uint8Array, signal: AbortSignal) {
  signal.throwIfAborted();
  const { address, family } = await Promise.race([lookup(host), rejection(signal)]);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    const messages = on(socket, "message", { signal });
    socket.connect(port, address);
    await once(socket, "connect", { signal });
    socket.send(datagram);
    for await (const [message] of messages) yield message as Buffer;
  } finally {
    socket.close();
  }
}

/** A lookup cannot be called off, but need not be waited for. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}
