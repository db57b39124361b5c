import { randomBytes } from "node:crypto";
import { MessageWriter } from "../dns/message-writer.ts";
import { NetworkMap } from "../dns/network-map.ts";
import { Networks } from "../dns/networks.ts";
import { CLASS, EDE, HEADER_OCTETS, OPCODE, RCODE, TYPE, UDP_OCTETS_MAX } from "../dns/numbers.ts";
import { octetsOf } from "../dns/octets.ts";
import { parseQuery, type Query, QueryPlace } from "../dns/query.ts";
import type { DnsCounters } from "../observe/dns-counters.ts";
import { Answer, type AnswerTools } from "../zone/answer.ts";
import { Deadlines } from "../zone/deadlines.ts";
import { Images } from "../zone/image.ts";
import { zoneToAsk } from "../zone/lookup.ts";
import type { ExtendedError } from "../zone/node.ts";
import { type Chances, Selector } from "../zone/select.ts";
import type { Snapshot } from "../zone/snapshot.ts";
import { nodeAt, type Zone } from "../zone/zone.ts";
import { type Self, writeChaos } from "./chaos.ts";
import { Cookies } from "./cookies.ts";
import { addZoneOptions, setScope } from "./edns.ts";
import { faultOf, NOT_LOADED, NOT_OURS, notified, refusalOf } from "./refusals.ts";
import {
  beginResponse,
  type Finish,
  finishResponse,
  openRequest,
  type Request,
  type RequestSettings,
} from "./request.ts";
import type { Judgement, ResponseRate } from "./response-rate.ts";
import { type Client, LATER, type Responder } from "./transport.ts";
import { Turns } from "./turns.ts";

/** What answers depend on besides the zones. */
export interface ResponderOptions extends RequestSettings, Self {
  readonly chances: Chances;
  readonly deadlines: Deadlines;
  /** Undefined: responses are not limited. */
  readonly rate: ResponseRate | undefined;
  /** Answers transfers and updates; undefined: they are refused. */
  readonly later: Responder["respondLater"] | undefined;
}

const NOT_TOLD: ExtendedError = { code: EDE.PROHIBITED, text: "nothing is told of this in class CH" };
const NOT_OFFERED: ExtendedError = { code: EDE.NOT_SUPPORTED, text: "transfer and update are not offered" };

/** The end of a response, and the zone that it came from. */
interface Answered extends Finish {
  readonly zone?: Zone | undefined;
}

/** What every transport asks. `current` gives the snapshot, or undefined before the first one is published. */
export function createResponder(
  current: () => Snapshot | undefined,
  counters: DnsCounters,
  given: Partial<ResponderOptions> = {},
): Responder {
  const options = { ...defaults(), ...given };
  const { rate } = options;
  const writer = new MessageWriter();
  const place = new QueryPlace();
  const selector = new Selector(options.chances);
  const tools: AnswerTools = { writer, images: new Images(), deadlines: options.deadlines, selector };

  function respond(bytes: Uint8Array, client: Client, out: Uint8Array): number {
    if (bytes.length < HEADER_OCTETS) return silent("short");
    // A response to a response could go on for ever (RFC 8906 §3 names no exception).
    if ((bytes[2]! & 0x80) !== 0) return silent("response");
    const query = parseQuery(bytes, place);
    counters.request(client.protocol, query.qtype);
    const request = openRequest(bytes, query, client, options);
    counters.sender(request.opt?.cookie, request.signer?.error);
    const fault = faultOf(request);
    if (fault === undefined && isForLater(query)) return LATER;
    beginResponse(writer, out, request);
    const answered = fault ?? answer(request);
    switch (judge(request, answered)) {
      case "send":
        return finish(request, answered, out);
      case "truncate":
        counters.responsesSlipped++;
        beginResponse(writer, out, request);
        return finish(request, { ...answered, isTruncated: true }, out);
      case "drop":
        return silent("rate-limited");
    }
  }

  /** Answers what is well-formed and of one message: without a zone where none is asked for, else from the snapshot. */
  function answer(request: Request): Answered {
    const { query, opt, client } = request;
    if (query.opcode === OPCODE.NOTIFY) return notified(query, current());
    // No question: the client wants to have a cookie, or to know whether its own is still good (RFC 7873 §5.4).
    if (query.questionEnd === HEADER_OCTETS)
      return { rcode: opt?.cookie === "invalid" ? RCODE.BADCOOKIE : RCODE.NOERROR };
    if (query.qclass === CLASS.CH) {
      const isTold = writeChaos(writer, query, options);
      return isTold ? { rcode: RCODE.NOERROR, isAuthoritative: true } : { rcode: RCODE.REFUSED, ede: NOT_TOLD };
    }
    const refusal = refusalOf(query);
    if (refusal !== undefined) return refusal;
    const snapshot = current();
    if (snapshot === undefined) return { rcode: RCODE.SERVFAIL, ede: NOT_LOADED };
    const zone = zoneToAsk(snapshot, query.qname, query.qtype);
    if (zone === undefined) return { rcode: RCODE.REFUSED, ede: NOT_OURS };
    if (opt !== undefined) addZoneOptions(writer, opt, zone, query);
    selector.begin(client.address, opt?.subnet);
    const found = new Answer(tools, snapshot, query);
    found.write(zone);
    if (opt !== undefined && selector.scope > 0) setScope(opt, selector.scope);
    return found;
  }

  /** Response-rate limiting holds back what might go to somebody who never asked: not where the client's address is proven. */
  function judge({ query, client, opt, signer }: Request, { rcode, zone }: Answered): Judgement {
    const isProven = client.protocol !== "udp" || opt?.cookie === "valid" || signer?.key !== undefined;
    if (rate === undefined || isProven || rate.isExempt(client.address)) return "send";
    // Names that a zone has are limited one by one, those that anybody can make up all together.
    const depth = zone === undefined ? 0 : nodeAt(zone, query.qname) ? query.qname.count : zone.depth;
    return rate.judge(client.address, rcode, query.qname.suffixHash(query.qname.count - depth));
  }

  function finish(request: Request, answered: Answered, out: Uint8Array): number {
    const length = finishResponse(writer, out, request, answered);
    counters.response(answered.rcode, length, answered.isTruncated === true);
    return length;
  }

  function silent(reason: "short" | "response" | "rate-limited"): 0 {
    counters.drop(reason);
    return 0;
  }

  async function* refuseLater(bytes: Uint8Array, client: Client): AsyncGenerator<Uint8Array> {
    const request = openRequest(bytes, parseQuery(bytes), client, options);
    const out = new Uint8Array(UDP_OCTETS_MAX);
    beginResponse(writer, out, request);
    yield out.subarray(0, finish(request, { rcode: RCODE.REFUSED, ede: NOT_OFFERED }, out));
  }

  return { respond, respondLater: options.later ?? refuseLater };
}

/** Those of a server of which nothing is configured. */
function defaults(): ResponderOptions {
  return {
    keys: new Map(),
    nowSeconds: () => Math.floor(Date.now() / 1000),
    identity: undefined,
    version: undefined,
    cookies: new Cookies([octetsOf(randomBytes(16))]),
    idleMs: 10_000,
    largeTo: new Networks([]),
    chances: { random: Math.random, nextTurn: new Turns().next, localities: new NetworkMap([]) },
    deadlines: new Deadlines(),
    rate: undefined,
    later: undefined,
  };
}

/** Transfers take several messages, and updates have to wait. */
function isForLater({ opcode, qtype, qclass }: Query): boolean {
  if (opcode === OPCODE.UPDATE) return true;
  return opcode === OPCODE.QUERY && qclass === CLASS.IN && (qtype === TYPE.AXFR || qtype === TYPE.IXFR);
}
