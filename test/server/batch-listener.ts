import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { exchangeWith } from "../../src/server/exchange.ts";
import { type Libc, loadLibc } from "../../src/server/libc.ts";
import type { Endpoint, Listener, ListenOptions, Responder } from "../../src/server/transport.ts";
import { BatchLoop } from "../../src/server/udp-batch.ts";
import { closeUdpSockets, openUdpSockets } from "../../src/server/udp-sockets.ts";
import { openWake } from "../../src/server/wake.ts";

export const libc = await loadLibc();

/** The batched loop as a listener of the thread that it is tested in, where it takes turns with the event loop. */
export async function listenBatched(
  at: Endpoint,
  responder: Responder,
  { counters = new DnsCounters(), onError = () => {} }: ListenOptions = {},
  given: Libc = libc,
): Promise<Listener> {
  const sockets = openUdpSockets(given, at, 1);
  const wake = openWake(given);
  const later = exchangeWith(responder, counters, onError);
  let isOpen = true;
  const loop = new BatchLoop({
    libc: given,
    sockets,
    wakeFd: wake.fd,
    responder,
    counters,
    onError,
    async onLater(request, client, socket, path) {
      for await (const message of later.respondLater(request, client)) {
        if (!isOpen) break;
        loop.send(message, socket, path);
      }
    },
  });
  const turn = () => {
    if (!isOpen) return;
    loop.wait(0);
    loop.pump();
    setImmediate(turn);
  };
  turn();
  return {
    endpoint: sockets[0]!.endpoint,
    async close() {
      if (!isOpen) return;
      isOpen = false;
      closeUdpSockets(given, sockets);
      wake.close();
    },
  };
}
