import { decodeMessage, encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import { typeNumber } from "../../src/dns/type-names.ts";
import type { Endpoint } from "../../src/server/transport.ts";
import { KEY_TEXTS } from "./keys.ts";
import { must } from "./target.ts";
import { attackStreams } from "./wire-streams.ts";
import { askUdp, attackUdp } from "./wire-udp.ts";
import { ZONE_TEXT } from "./world.ts";

/** A server that runs as a program of its own, started with WIRE_SETTINGS and WIRE_ZONE. */
export interface Wire extends Endpoint {
  /** `http://127.0.0.1:NNN` */
  readonly url: string;
}

/** The environment of the server: all that can be asked for may be had, from here and with any of the keys. */
export const WIRE_SETTINGS = {
  MUSTER_ZONE: "svc.test",
  MUSTER_DNS_KEYS: KEY_TEXTS.join(","),
  MUSTER_DNS_TRANSFER_TO: "127.0.0.0/8",
  MUSTER_DNS_UPDATE: "fuzz.key subtree z.test ANY,hmac-sha256.key subtree svc.test,hmac-sha512.key name new.z.test TXT",
} as const;

/** `fuzz.zone` in its directory of zones. */
export const WIRE_ZONE = ZONE_TEXT;

/** True for a line of the server's log, in JSON, that somebody has to look at; what is no log line is the worst. */
export function isAlarm(line: string): boolean {
  return !/^{"level":"(debug|info|warn)"/.test(line);
}

export interface WireOptions {
  /** In all, one in four over TCP. */
  readonly packets: number;
  readonly seed: number;
  /** Told after each part. */
  readonly progress?: (line: string) => void;
}

const PARTS = 10;
/** Parts after which the server has everything that it will ever have in memory, but for what leaks. */
const WARM_UP_PARTS = 3;
const GROWTH_OCTETS_MAX = 64 * 1024 * 1024;
const OPEN_FILES_MAX = 4;

/**
 * Attacks a server through its sockets with that many mutated requests. Throws Broken when a response is wrong or missing,
 * when the server met an exception, when it keeps what it should let go, and when it does not answer afterwards as before.
 */
export async function attackWire(server: Wire, { packets, seed, progress = () => {} }: WireOptions): Promise<void> {
  await register(server);
  const answersBefore = await answersOf(server);
  let settled = await metricsOf(server);
  const perPart = Math.ceil(packets / PARTS);
  for (let part = 0; part < PARTS; part++) {
    const from = part * perPart;
    const middle = from + Math.ceil((perPart * 3) / 4);
    const streamed = attackStreams(server, { seed, from: middle, end: from + perPart });
    await Promise.all([attackUdp(server, { seed, from, end: middle }), streamed]);
    const now = await metricsOf(server);
    progress(`${from + perPart} packets, ${Math.round(now.octets / 2 ** 20)} MiB, ${now.files} files`);
    must(now.faults === 0, `must meet no exception: got ${now.faults}`);
    if (part < WARM_UP_PARTS) settled = now;
  }
  const end = await metricsOf(server);
  const growth = end.octets - settled.octets;
  must(growth <= GROWTH_OCTETS_MAX, `must not keep memory: got ${growth} octets more`);
  must(end.files <= settled.files + OPEN_FILES_MAX, `must close what it opened: got ${end.files} files`);
  must(end.connections === 0, `must let connections go: got ${end.connections}`);
  const answersAfter = await answersOf(server);
  must(answersAfter === answersBefore, `must answer as before\n${answersBefore}\nbut answers\n${answersAfter}`);
}

/** A service of some instances, without checks. */
async function register({ url }: Wire): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const body = JSON.stringify({ address: `192.0.2.${100 + i}`, port: 8000 + i });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/v1/services/web/instances/i-${i}`, { method: "PUT", body, headers });
    must(response.ok, `must register: got ${response.status} ${await response.text()}`);
  }
}

interface Metrics {
  readonly octets: number;
  readonly files: number;
  readonly connections: number;
  readonly faults: number;
}

async function metricsOf({ url }: Wire): Promise<Metrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
  return {
    octets: read("process_resident_memory_bytes"),
    files: read("process_open_fds"),
    connections: read("muster_dns_tcp_connections"),
    faults: read("muster_dns_faults_total"),
  };
}

/** Of names that no update can change. */
const QUESTIONS = [
  "ns.z.test. A",
  "big.z.test. TXT",
  "svc.z.test. HTTPS",
  "web.svc.test. A",
  "i-3.i.web.svc.test. SRV",
];

async function answersOf(server: Wire): Promise<string> {
  const answers: string[] = [];
  for (const question of QUESTIONS) {
    const [name = "", type = ""] = question.split(" ");
    const query = encodeQuery({ id: 7, name: parseName(name), type: typeNumber(type)!, edns: { udpOctets: 1232 } });
    const message = decodeMessage(await askUdp(server, query));
    const rdatas = message?.answer.map(({ type: one, rdata }) => rdataText(one, rdata)).sort();
    answers.push(`${question} ${message?.rcode} ${message?.flags.has("tc") ? "truncated" : rdatas?.join(", ")}`);
  }
  return answers.join("\n");
}
