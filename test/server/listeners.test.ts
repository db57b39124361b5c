import { networkInterfaces } from "node:os";
import { listenTcp } from "../../src/server/stream.ts";
import { listenUdp } from "../../src/server/udp.ts";
import { tcpClient, udpClient } from "./clients.ts";
import { runListenerContract } from "./listener-contract.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some((it) => it.address === "::1"));

const udp = {
  protocol: "udp",
  listen: listenUdp,
  connect: udpClient,
  skips: [{ reason: "a datagram holds 65,507 octets", tests: ["carries a response of 65,535 octets"] }],
} as const;

const tcp = { protocol: "tcp", listen: listenTcp, connect: tcpClient, skips: [] } as const;

for (const address of hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
  runListenerContract({ ...udp, address, name: `UDP at ${address}` });
  runListenerContract({ ...tcp, address, name: `TCP at ${address}` });
}
