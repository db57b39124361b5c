import { expect } from "vitest";
import { type Grant, parseGrant } from "../../src/dns/grants.ts";
import { decodeMessage, type EdnsOption, encodeQuery, type Message } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { TYPE, UDP_OCTETS_MAX } from "../../src/dns/numbers.ts";
import { bytesOf, octetsOf, u16, u32 } from "../../src/dns/octets.ts";
import type { TsigKey } from "../../src/dns/tsig-key.ts";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { Journal } from "../../src/server/journal.ts";
import { createLater, type LaterOptions } from "../../src/server/later.ts";
import { createResponder } from "../../src/server/responder.ts";
import { type Client, LATER, type Responder } from "../../src/server/transport.ts";
import { signRequest } from "../../src/server/tsig.ts";
import type { Snapshot } from "../../src/zone/snapshot.ts";
import { recordLine } from "../support/zone-records.ts";
import { OPTIONS } from "./server-options.ts";

export interface TransferOptions {
  readonly protocol?: Client["protocol"];
  readonly address?: string;
  /** Those of OPT; without either there is none. */
  readonly udpOctets?: number;
  readonly options?: readonly EdnsOption[];
  /** Signs the request, and must have signed every message of the response. */
  readonly key?: TsigKey;
}

/** A primary without sockets, whose snapshots the test publishes; it transfers to 127.0.0.0/8. */
export class Primary {
  readonly journal = new Journal();
  readonly counters = new DnsCounters();
  readonly responder: Responder;
  readonly #nowSeconds: number;
  #current: Snapshot | undefined;

  constructor(options: Partial<LaterOptions> = {}) {
    const all: LaterOptions = {
      ...OPTIONS,
      counters: this.counters,
      current: () => this.#current,
      transferTo: grants("127.0.0.0/8"),
      journal: this.journal,
      update: undefined,
      ...options,
    };
    this.#nowSeconds = all.nowSeconds();
    this.responder = createResponder(() => this.#current, this.counters, { ...all, later: createLater(all) });
  }

  publish(snapshot: Snapshot): void {
    this.#current = snapshot;
    this.journal.published(snapshot);
  }

  /** Asks `svc.test. AXFR` or `svc.test. IXFR=7`, and takes all messages of the response. */
  async transfer(question: string, options: TransferOptions = {}): Promise<Message[]> {
    const messages: Message[] = [];
    for await (const bytes of this.messages(question, options)) messages.push(decodeMessage(bytes)!);
    return messages;
  }

  /** The messages of the response, each made when it is asked for. */
  async *messages(question: string, options: TransferOptions = {}): AsyncGenerator<Uint8Array> {
    const { protocol = "tcp", address = "127.0.0.1", key } = options;
    const { request, verify } = signed(requestFor(question, options), key, this.#nowSeconds);
    const client: Client = { address, port: 5353, protocol };
    expect(this.responder.respond(request, client, new Uint8Array(65_535))).toBe(LATER);
    for await (const bytes of this.responder.respondLater(request, client)) {
      expect(verify(bytes)).toBe(true);
      yield bytes;
    }
  }
}

export function grants(...texts: string[]): Grant[] {
  return texts.map((text) => parseGrant(text)!);
}

function requestFor(question: string, { udpOctets, options }: TransferOptions = {}): Uint8Array {
  const [, name = "", type, serial] = /^(\S+) (AXFR|IXFR)(?:=(\d+))?$/.exec(question) ?? [];
  const octets = udpOctets ?? (options && UDP_OCTETS_MAX);
  const query = encodeQuery({
    id: 4711,
    name: parseName(name),
    type: type === "AXFR" ? TYPE.AXFR : TYPE.IXFR,
    ...(octets !== undefined && { edns: { udpOctets: octets, options: options ?? [] } }),
  });
  return serial === undefined ? query : withSoa(query, parseName(name).length + 16, Number(serial));
}

/** The query with the SOA of this serial in Authority, as dig has it: no names, no times. */
function withSoa(query: Uint8Array, questionEnd: number, serial: number): Uint8Array {
  const soa = `\xc0\x0c${u16(TYPE.SOA)}${u16(1)}${u32(0)}${u16(22)}\0\0${u32(serial)}${"\0".repeat(16)}`;
  const bytes = bytesOf(octetsOf(query, 0, questionEnd) + soa + octetsOf(query, questionEnd));
  bytes[9] = 1; // NSCOUNT
  return bytes;
}

function signed(request: Uint8Array, key: TsigKey | undefined, nowSeconds: number) {
  if (key === undefined) return { request, verify: () => true };
  const message = new Uint8Array(request.length + 512);
  message.set(request);
  const { length, verify } = signRequest(message, request.length, key, nowSeconds);
  return { request: message.slice(0, length), verify: (response: Uint8Array) => verify(response, nowSeconds) };
}

/** The records of the messages' Answer sections, as lines. */
export function answers(messages: readonly Message[]): string[] {
  return messages.flatMap(({ answer }) =>
    answer.map(({ owner, ttl, type, rdata }) => recordLine(owner, ttl, type, rdata)),
  );
}

/** What a secondary has that held `records` and took this response to IXFR, the SOA aside; checks its form (RFC 1995 §4). */
export function applied(records: readonly string[], messages: readonly Message[]): string[] {
  const lines = answers(messages);
  const soaAt = lines.flatMap((text, i) => (/ SOA /.test(text) ? [i] : []));
  const [first, old, next, last] = soaAt;
  expect([first, old, last, soaAt.length]).toEqual([0, 1, lines.length - 1, 4]);
  expect(lines[next!]).toBe(lines[0]);
  expect(lines.at(-1)).toBe(lines[0]);
  const held = new Set(records);
  for (const gone of lines.slice(2, next)) if (!held.delete(gone)) throw new Error(`Nobody held ${gone}`);
  for (const come of lines.slice(next! + 1, last)) {
    if (held.has(come)) throw new Error(`There already was ${come}`);
    held.add(come);
  }
  return [...held].sort();
}
