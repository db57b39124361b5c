import { expect, onTestFinished, test } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { createResponder } from "../../src/server/responder.ts";
import { listenTcp } from "../../src/server/stream.ts";
import type { Listen, Responder } from "../../src/server/transport.ts";
import { listenUdp } from "../../src/server/udp.ts";
import { SETTINGS } from "./subject.ts";
import { transfersOf } from "./transfers.ts";
import type { Packets } from "./wire-packets.ts";
import { attackStreams } from "./wire-streams.ts";
import { attackUdp } from "./wire-udp.ts";
import { SNAPSHOT } from "./world.ts";

const PACKETS: Packets = { seed: 20, from: 0, end: 1000 };
const ANY_PORT = { address: "127.0.0.1", port: 0 };

const sound = createResponder(() => SNAPSHOT, new DnsCounters(), { ...SETTINGS, later: transfersOf() });

/** Spoils an octet of every response of 100 octets and more. */
function spoiling(at: number): Responder {
  return {
    ...sound,
    respond(request, client, out) {
      const length = sound.respond(request, client, out);
      if (length >= 100) out[at]! ^= 1;
      return length;
    },
  };
}

async function started(listen: Listen, responder: Responder) {
  const listener = await listen(ANY_PORT, responder);
  onTestFinished(() => listener.close());
  return listener.endpoint;
}

const TRANSPORTS = [
  { name: "UDP", listen: listenUdp, attack: attackUdp },
  { name: "TCP", listen: listenTcp, attack: attackStreams },
];

test.each(TRANSPORTS)("over $name every mutated packet gets its response, and no other", async ({ listen, attack }) => {
  await attack(await started(listen, sound), PACKETS);
});

test.each(TRANSPORTS)("over $name the attacker sees a spoilt id and a spoilt question", async ({ listen, attack }) => {
  await expect(attack(await started(listen, spoiling(1)), PACKETS)).rejects.toThrow(/id of a request|question of its/);
  await expect(attack(await started(listen, spoiling(13)), PACKETS)).rejects.toThrow(/well-formed|question of its/);
});
