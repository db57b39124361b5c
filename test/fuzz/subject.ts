import { decodeMessage } from "../../src/dns/message.ts";
import { Networks, parseNetwork } from "../../src/dns/networks.ts";
import { CLASS, OPCODE, RCODE, TYPE } from "../../src/dns/numbers.ts";
import { parseQuery } from "../../src/dns/query.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { Cookies } from "../../src/server/cookies.ts";
import { createResponder } from "../../src/server/responder.ts";
import type { Client, Responder } from "../../src/server/transport.ts";
import type { Snapshot } from "../../src/zone/snapshot.ts";
import { KEYS, NOW_SECONDS } from "./keys.ts";
import type { Random } from "./random.ts";

/** What the server under attack is told beside its zones: the same in every run. */
export const SETTINGS = {
  keys: KEYS,
  nowSeconds: () => NOW_SECONDS,
  identity: "fuzz",
  version: "Muster",
  cookies: new Cookies(["0123456789abcdef"]),
  idleMs: 10_000,
  largeTo: new Networks([parseNetwork("198.51.100.0/24")!]),
};

export type Respond = Responder["respond"];

export function responderOf(snapshot: Snapshot | undefined): Respond {
  return createResponder(() => snapshot, new DnsCounters(), SETTINGS).respond;
}

/** Near and far clients over every transport. */
export function clientOf(random: Random): Client {
  const address = random.pick(["192.0.2.100", "2001:db8::100", "198.51.100.100"]);
  return { address, port: 4242, protocol: random.pick(["udp", "udp", "udp", "tcp", "tls"]) };
}

/** What the responder leaves to `respondLater`; undefined for what it answers at once. */
export function laterKindOf(request: Uint8Array): "transfer" | "update" | undefined {
  if (request.length < 12 || (request[2]! & 0x80) !== 0) return undefined;
  const { fault, opcode, qtype, qclass } = parseQuery(request);
  if (fault !== RCODE.NOERROR) return undefined;
  if (opcode === OPCODE.UPDATE) return "update";
  const isTransfer = qclass === CLASS.IN && (qtype === TYPE.AXFR || qtype === TYPE.IXFR);
  return opcode === OPCODE.QUERY && isTransfer ? "transfer" : undefined;
}

/** The octets that a response may have at most; the most we ever send where only the query parser can tell. */
export function limitOf(request: Uint8Array, client: Client): number {
  if (client.protocol !== "udp") return 65_535;
  const most = SETTINGS.largeTo.has(client.address) ? 4096 : 1232;
  const decoded = decodeMessage(request);
  if (decoded === undefined) return most;
  const limit = Math.min(Math.max(decoded.edns?.udpOctets ?? 512, 512), most);
  // The names of the question and of the key can take 512 octets alone.
  return parseQuery(request).tsigAt > 0 ? Math.max(limit, 1232) : limit;
}
