import { type Name, nameEnd, ROOT, readName } from "./name.ts";
import { CLASS, HEADER_OCTETS, TYPE } from "./numbers.ts";
import { bytesOf, type Octets, octetsOf, readU16, readU32, u16, u32 } from "./octets.ts";
import { nameLayout } from "./rdata.ts";

/**
 * Whole messages for `muster ask`, for tests and for updates, of which every record matters: convenient, complete, and not
 * for queries, whose parser and message writer do not build objects.
 */

export interface Question {
  readonly name: Name;
  readonly type: number;
  readonly class: number;
}

export interface MessageRecord {
  readonly owner: Name;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  /** Names in it are not compressed. */
  readonly rdata: Octets;
}

export interface EdnsOption {
  readonly code: number;
  readonly data: Octets;
}

/** The OPT pseudo-RR (RFC 6891 §6.1); the upper bits of the rcode are in the message's. */
export interface Edns {
  readonly version: number;
  readonly udpOctets: number;
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

export interface Message {
  readonly id: number;
  readonly opcode: number;
  /** 0–15, or 0–4095 with EDNS. */
  readonly rcode: number;
  readonly flags: ReadonlySet<Flag>;
  readonly questions: readonly Question[];
  readonly answer: readonly MessageRecord[];
  readonly authority: readonly MessageRecord[];
  /** Without OPT. */
  readonly additional: readonly MessageRecord[];
  readonly edns?: Edns;
}

/** Header flags (RFC 1035 §4.1.1, RFC 4035 §3) by bit, in the order of the header. */
const FLAGS = { qr: 0x8000, aa: 0x0400, tc: 0x0200, rd: 0x0100, ra: 0x0080, ad: 0x0020, cd: 0x0010 } as const;
type Flag = keyof typeof FLAGS;
const FLAG_NAMES = Object.keys(FLAGS) as Flag[];

const DNSSEC_OK = 0x8000;

interface Query {
  readonly id: number;
  readonly name: Name;
  readonly type: number;
  readonly recursionDesired?: boolean;
  readonly edns?: {
    readonly udpOctets: number;
    readonly dnssecOk?: boolean;
    readonly options?: readonly EdnsOption[];
  };
}

/** A query of class IN with one question and, when asked for, an OPT of version 0. */
export function encodeQuery({ id, name, type, recursionDesired = false, edns }: Query): Uint8Array {
  const flags = recursionDesired ? FLAGS.rd : 0;
  const header = [id, flags, 1, 0, 0, edns ? 1 : 0].map(u16).join("");
  const question = name + u16(type) + u16(CLASS.IN);
  if (!edns) return bytesOf(header + question);
  const options = (edns.options ?? []).map(({ code, data }) => u16(code) + u16(data.length) + data).join("");
  const opt = ROOT + u16(TYPE.OPT) + u16(edns.udpOctets) + u32(edns.dnssecOk ? DNSSEC_OK : 0);
  return bytesOf(header + question + opt + u16(options.length) + options);
}

/** The message these octets are, all of them; undefined when any part is malformed. Never throws. */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  if (bytes.length < HEADER_OCTETS) return undefined;
  const header = octetsOf(bytes, 0, HEADER_OCTETS);
  const count = (section: number) => readU16(header, 4 + 2 * section);
  const questions = readMany(bytes, HEADER_OCTETS, count(0), readQuestion);
  const answer = questions && readMany(bytes, questions.end, count(1), readRecord);
  const authority = answer && readMany(bytes, answer.end, count(2), readRecord);
  const rest = authority && readMany(bytes, authority.end, count(3), readRecord);
  if (!rest || rest.end !== bytes.length) return undefined;
  const [opt, ...furtherOpts] = rest.value.filter((record) => record.type === TYPE.OPT);
  const edns = opt && ednsOf(opt);
  if (furtherOpts.length > 0 || (opt && !edns)) return undefined;
  const bits = readU16(header, 2);
  return {
    id: readU16(header, 0),
    opcode: (bits >>> 11) & 15,
    rcode: (bits & 15) | (opt ? (opt.ttl >>> 24) << 4 : 0),
    flags: new Set(FLAG_NAMES.filter((flag) => bits & FLAGS[flag])),
    questions: questions.value,
    answer: answer.value,
    authority: authority.value,
    additional: rest.value.filter((record) => record !== opt),
    ...(edns && { edns }),
  };
}

/** Something read, and the offset behind it. */
interface Read<T> {
  readonly value: T;
  readonly end: number;
}

function readMany<T>(
  bytes: Uint8Array,
  start: number,
  count: number,
  readOne: (bytes: Uint8Array, at: number) => Read<T> | undefined,
): Read<T[]> | undefined {
  const value: T[] = [];
  let end = start;
  while (value.length < count) {
    const one = readOne(bytes, end);
    if (!one) return undefined;
    value.push(one.value);
    end = one.end;
  }
  return { value, end };
}

function readQuestion(bytes: Uint8Array, at: number): Read<Question> | undefined {
  const name = readName(bytes, at);
  const fixed = nameEnd(bytes, at);
  const end = fixed + 4;
  if (name === undefined || end > bytes.length) return undefined;
  const octets = octetsOf(bytes, fixed, end);
  return { value: { name, type: readU16(octets, 0), class: readU16(octets, 2) }, end };
}

function readRecord(bytes: Uint8Array, at: number): Read<MessageRecord> | undefined {
  const question = readQuestion(bytes, at);
  if (!question || question.end + 6 > bytes.length) return undefined;
  const octets = octetsOf(bytes, question.end, question.end + 6);
  const start = question.end + 6;
  const end = start + readU16(octets, 4);
  const { name: owner, type, class: recordClass } = question.value;
  const rdata = end <= bytes.length ? readRdata(bytes, type, start, end) : undefined;
  return rdata === undefined
    ? undefined
    : { value: { owner, type, class: recordClass, ttl: readU32(octets, 0), rdata }, end };
}

/** RDATA with its names decompressed, in every type that might have them so (RFC 3597 §4). */
function readRdata(bytes: Uint8Array, type: number, start: number, end: number): Octets | undefined {
  // UPDATE has records without RDATA, of any type (RFC 2136 §2.4).
  if (start === end) return "";
  let rdata = "";
  let at = start;
  for (const part of nameLayout(type)) {
    const next = part === "name" ? nameEnd(bytes, at) : at + part;
    const octets = part === "name" ? readName(bytes, at) : octetsOf(bytes, at, next);
    if (octets === undefined || next > end) return undefined;
    rdata += octets;
    at = next;
  }
  return rdata + octetsOf(bytes, at, end);
}

function ednsOf({ owner, class: udpOctets, ttl, rdata }: MessageRecord): Edns | undefined {
  const options: EdnsOption[] = [];
  for (let at = 0; at < rdata.length; ) {
    const end = at + 4 + readU16(rdata, at + 2);
    if (rdata.length < at + 4 || end > rdata.length) return undefined;
    options.push({ code: readU16(rdata, at), data: rdata.slice(at + 4, end) });
    at = end;
  }
  if (owner !== ROOT) return undefined;
  return { version: (ttl >>> 16) & 0xff, udpOctets, dnssecOk: (ttl & DNSSEC_OK) !== 0, options };
}
