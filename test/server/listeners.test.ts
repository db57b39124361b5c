import { networkInterfaces } from "node:os";
import { listenTcp } from "../../src/server/stream.ts";
import { listenTls } from "../../src/server/tls.ts";
import type { Listen } from "../../src/server/transport.ts";
import { listenUdp } from "../../src/server/udp.ts";
import { selfSigned } from "../health/self-signed.ts";
import { tcpClient, tlsClient, udpClient } from "./clients.ts";
import { runListenerContract } from "./listener-contract.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some((it) => it.address === "::1"));

const udp = {
  protocol: "udp",
  listen: listenUdp,
  connect: udpClient,
  skips: [{ reason: "a datagram holds 65,507 octets", tests: ["carries a response of 65,535 octets"] }],
} as const;

const tcp = { protocol: "tcp", listen: listenTcp, connect: tcpClient, skips: [] } as const;

const { cert: certificate, key } = selfSigned("ns.test");
const listen: Listen = (at, responder, options) => listenTls(at, responder, { ...options, certificate, key });
const tls = { protocol: "tls", listen, connect: tlsClient, skips: [] } as const;

for (const address of hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"]) {
  runListenerContract({ ...udp, address, name: `UDP at ${address}` });
  runListenerContract({ ...tcp, address, name: `TCP at ${address}` });
  runListenerContract({ ...tls, address, name: `TLS at ${address}` });
}
