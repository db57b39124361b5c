import type { MessageWriter } from "../dns/message-writer.ts";
import type { Network, Networks } from "../dns/networks.ts";
import { EDE, MESSAGE_OCTETS_MAX, OPTION, TYPE, UDP_OCTETS_MAX, UDP_OCTETS_MIN } from "../dns/numbers.ts";
import { type Octets, octetsOf, readU16, readU32, u16, u32, utf8 } from "../dns/octets.ts";
import type { Edns, EdnsOption, Query } from "../dns/query.ts";
import type { ExtendedError } from "../zone/node.ts";
import type { Zone } from "../zone/zone.ts";
import { type CookieState, type Cookies, NO_COOKIE } from "./cookies.ts";
import type { Client } from "./transport.ts";

/** What of our own goes into OPT. */
export interface EdnsSettings {
  /** NSID; undefined: not told. */
  readonly identity: string | undefined;
  readonly cookies: Cookies;
  /** How long an idle connection is kept. */
  readonly idleMs: number;
  /** Clients that get up to UDP_OCTETS_LARGE octets over UDP when they ask for them. */
  readonly largeTo: Networks;
  /** Wall clock. */
  readonly nowSeconds: () => number;
}

/** The OPT of one response while it is made: `options` grows as more is known, and with it the room that is reserved. */
export interface Opt {
  /** What we take over UDP, and send there at most. */
  readonly udpOctets: number;
  readonly isDnssecOk: boolean;
  readonly cookie: CookieState;
  /** Why the request's options get FORMERR; undefined when they are well-formed. */
  readonly fault: ExtendedError | undefined;
  /** Bits of WISH. */
  readonly wishes: number;
  /** Whom a resolver asks for; undefined when it does not say, or may not. */
  readonly subnet: Network | undefined;
  /** Where in `options` the scope of the client subnet stands. */
  readonly scopeAt: number;
  options: Octets;
}

/** OPT without options (RFC 6891 §6.1.2). */
const OPT_OCTETS = 11;
const OPTION_HEADER_OCTETS = 4;
const UDP_OCTETS_LARGE = 4096;
/** Keeps a long reason from crowding records out. */
const EDE_TEXT_OCTETS_MAX = 160;
/** Lengths of encrypted responses are multiples of this (RFC 8467 §4.1). */
const PADDING_BLOCK_OCTETS = 468;
const ZONEVERSION_SOA_SERIAL = 0;
/** In the data of the client subnet option (RFC 7871 §6). */
const SUBNET_SCOPE_AT = 3;

const BAD_COOKIE: ExtendedError = { code: EDE.OTHER, text: "a COOKIE option has 8 octets, or 16 to 40" };
const BAD_SUBNET: ExtendedError = { code: EDE.OTHER, text: "the client subnet option is malformed" };

/** Options that are asked for by an empty one. What a client puts into it all the same is ignored. */
const WISH = { NSID: 1, EXPIRE: 2, KEEPALIVE: 4, PADDING: 8, ZONEVERSION: 16 } as const;

/** Reads a request's options and answers those that no zone decides. Unknown ones are ignored (RFC 6891 §6.1.2). */
export function openOpt(request: Uint8Array, edns: Edns, client: Client, own: EdnsSettings): Opt {
  // Nobody knows what the options of another version mean.
  const options = edns.version === 0 ? edns.options : [];
  const wishes = wishesOf(options, client);
  const cookie = first(request, options, OPTION.COOKIE);
  const reply = cookie === undefined ? NO_COOKIE : own.cookies.reply(cookie, client.address, own.nowSeconds());
  const subnet = first(request, options, OPTION.CLIENT_SUBNET);
  const isBadSubnet = subnet !== undefined && !isSubnet(subnet);
  let answers = "";
  if (reply.octets !== "") answers += option(OPTION.COOKIE, reply.octets);
  if ((wishes & WISH.NSID) !== 0 && own.identity !== undefined) answers += option(OPTION.NSID, utf8(own.identity));
  if ((wishes & WISH.KEEPALIVE) !== 0) answers += option(OPTION.KEEPALIVE, keepalive(own.idleMs));
  const scopeAt = answers.length + OPTION_HEADER_OCTETS + SUBNET_SCOPE_AT;
  // Until something depends on it the answer is the same for every subnet (RFC 7871 §7.2.1): the query's scope is 0, too.
  if (subnet !== undefined && !isBadSubnet) answers += option(OPTION.CLIENT_SUBNET, subnet);
  return {
    udpOctets: own.largeTo.has(client.address) ? UDP_OCTETS_LARGE : UDP_OCTETS_MAX,
    isDnssecOk: edns.isDnssecOk,
    cookie: reply.state,
    fault: reply.state === "malformed" ? BAD_COOKIE : isBadSubnet ? BAD_SUBNET : undefined,
    wishes,
    subnet: subnet === undefined || isBadSubnet ? undefined : networkOf(subnet),
    scopeAt,
    options: answers,
  };
}

/** The largest response the client can take: over UDP what it offered, within our own limit. */
export function limitOf(edns: Edns | undefined, opt: Opt | undefined, client: Client): number {
  if (client.protocol !== "udp") return MESSAGE_OCTETS_MAX;
  if (edns === undefined || opt === undefined) return UDP_OCTETS_MIN;
  return Math.min(Math.max(edns.udpOctets, UDP_OCTETS_MIN), opt.udpOctets);
}

/** Keeps room for OPT in a message just begun, so that truncation cannot push it out (RFC 6891 §7). */
export function reserveOpt(writer: MessageWriter, opt: Opt): void {
  writer.reserve(OPT_OCTETS + opt.options.length);
}

/** Adds what is told of the zone that the answer comes from: EXPIRE (RFC 7314) and ZONEVERSION (RFC 9660). */
export function addZoneOptions(writer: MessageWriter, opt: Opt, zone: Zone, { qname, qtype }: Query): void {
  const before = opt.options.length;
  const isOfZone = qname.count === zone.depth && (qtype === TYPE.SOA || qtype === TYPE.AXFR || qtype === TYPE.IXFR);
  if ((opt.wishes & WISH.EXPIRE) !== 0 && isOfZone) opt.options += option(OPTION.EXPIRE, u32(expireOf(zone)));
  if ((opt.wishes & WISH.ZONEVERSION) !== 0) {
    const version = String.fromCharCode(zone.depth, ZONEVERSION_SOA_SERIAL) + u32(zone.serial);
    opt.options += option(OPTION.ZONEVERSION, version);
  }
  writer.reserve(opt.options.length - before);
}

/** Says on how many bits of the client subnet the answer depends (RFC 7871 §7.2.1); the request had one. */
export function setScope(opt: Opt, bits: number): void {
  opt.options = opt.options.slice(0, opt.scopeAt) + String.fromCharCode(bits) + opt.options.slice(opt.scopeAt + 1);
}

/** The zone's primary, which we are, tells the SOA's EXPIRE, in seconds. */
function expireOf({ negativeSoa }: Zone): number {
  const soa = negativeSoa.rdatas[0]!;
  return readU32(soa, soa.length - 8);
}

/**
 * Writes OPT into the room that was kept; what else is free takes the error and the padding. `trailerOctets` will follow,
 * TSIG, and count as part of the length that is padded.
 */
export function writeOpt(
  writer: MessageWriter,
  opt: Opt,
  rcode: number,
  ede: ExtendedError | undefined,
  trailerOctets: number,
): void {
  writer.release(OPT_OCTETS + opt.options.length);
  let { options } = opt;
  if (ede !== undefined) options += edeOption(ede, writer.room - OPT_OCTETS - options.length);
  if ((opt.wishes & WISH.PADDING) !== 0) {
    const octets = OPT_OCTETS + options.length + OPTION_HEADER_OCTETS;
    const last = (writer.offset + octets + trailerOctets) % PADDING_BLOCK_OCTETS;
    const padding = last === 0 ? 0 : PADDING_BLOCK_OCTETS - last;
    if (octets + padding <= writer.room) options += option(OPTION.PADDING, "\0".repeat(padding));
  }
  writer.opt(opt.udpOctets, rcode, opt.isDnssecOk, options);
}

/** Of several options of one code the first counts (RFC 7873 §5.2). */
function first(request: Uint8Array, options: readonly EdnsOption[], code: number): Octets | undefined {
  for (const { code: other, start, end } of options) if (other === code) return octetsOf(request, start, end);
  return undefined;
}

function wishesOf(options: readonly EdnsOption[], { protocol }: Client): number {
  let wishes = 0;
  for (const { code } of options) {
    if (code === OPTION.NSID) wishes |= WISH.NSID;
    else if (code === OPTION.EXPIRE) wishes |= WISH.EXPIRE;
    else if (code === OPTION.ZONEVERSION) wishes |= WISH.ZONEVERSION;
    // Over UDP there is nothing to keep alive (RFC 7828 §3.3.1), and what anybody can read needs no padding.
    else if (code === OPTION.KEEPALIVE && protocol !== "udp") wishes |= WISH.KEEPALIVE;
    else if (code === OPTION.PADDING && protocol === "tls") wishes |= WISH.PADDING;
  }
  return wishes;
}

/**
 * True for a client subnet as a query may have it: scope 0, as many address octets as the prefix needs, and no bit set
 * behind it (RFC 7871 §6). Family 0 is none, and may have no address.
 */
function isSubnet(subnet: Octets): boolean {
  if (subnet.length < 4) return false;
  const family = readU16(subnet, 0);
  const bits = subnet.charCodeAt(2);
  const bitsMax = family === 1 ? 32 : family === 2 ? 128 : 0;
  if (family > 2 || bits > bitsMax || subnet.charCodeAt(3) !== 0) return false;
  if (subnet.length !== 4 + Math.ceil(bits / 8)) return false;
  return bits % 8 === 0 || (subnet.charCodeAt(subnet.length - 1) & (0xff >>> (bits % 8))) === 0;
}

/** The network of a well-formed client subnet; of none or of 0 bits nothing may be made (RFC 7871 §7.1.2). */
function networkOf(subnet: Octets): Network | undefined {
  const bits = subnet.charCodeAt(2);
  const addressOctets = readU16(subnet, 0) === 1 ? 4 : 16;
  return bits === 0 ? undefined : { octets: subnet.slice(4).padEnd(addressOctets, "\0"), bits };
}

/** In units of 100 ms (RFC 7828 §3.1). */
function keepalive(idleMs: number): Octets {
  return u16(Math.min(Math.floor(idleMs / 100), 0xffff));
}

/** The EDE option (RFC 8914 §2), its text cut to what there is room for; nothing when not even the code fits. */
function edeOption({ code, text }: ExtendedError, room: number): Octets {
  const textRoom = Math.min(room - OPTION_HEADER_OCTETS - 2, EDE_TEXT_OCTETS_MAX);
  return textRoom < 0 ? "" : option(OPTION.EDE, u16(code) + utf8(text).slice(0, textRoom));
}

function option(code: number, data: Octets): Octets {
  return u16(code) + u16(data.length) + data;
}
