import type { Name } from "../dns/name.ts";
import { octetsOf } from "../dns/octets.ts";

/** A query, and what became of it. */
export interface AnsweredQuery {
  readonly client: string;
  readonly port: number;
  readonly protocol: string;
  /** Undefined, as is the type, when the message had no question that could be read. */
  readonly name: Name | undefined;
  readonly type: number | undefined;
  /** Of the response, of its last message where it had several; undefined when there was none. */
  readonly rcode: number | undefined;
  /** Of the whole response. */
  readonly octets: number;
  /** How long answering took. */
  readonly micros: number;
}

/** Queries that wait for being taken at most; a power of two, so that counts may go round at 2^32. */
const SLOTS = 1024;
/** A name of 255 octets, an IPv6 address with its zone, and five numbers. */
const SLOT_OCTETS = 384;
/** A slot begins with the length of its text. */
const LENGTH_OCTETS = 2;
const COUNTS_OCTETS = 8;
const [PUTS, TAKES] = [0, 1];

/**
 * Carries queries from the one thread that answers them to the one that logs them. Neither ever waits: a query that finds
 * no room is left out.
 */
export class QueryRing {
  /** What the other thread makes its end of. */
  readonly memory: SharedArrayBuffer;
  /** Put in and taken out since ever; each is raised by one end, after it is done with the slot. */
  readonly #counts: Int32Array;
  readonly #octets: Uint8Array;

  constructor(memory = new SharedArrayBuffer(COUNTS_OCTETS + SLOTS * SLOT_OCTETS)) {
    this.memory = memory;
    this.#counts = new Int32Array(memory, 0, 2);
    this.#octets = new Uint8Array(memory, COUNTS_OCTETS);
  }

  /** False when there is no room. */
  put(query: AnsweredQuery): boolean {
    const puts = Atomics.load(this.#counts, PUTS);
    const text = textOf(query);
    const isFull = ((puts - Atomics.load(this.#counts, TAKES)) | 0) === SLOTS;
    if (isFull || text.length > SLOT_OCTETS - LENGTH_OCTETS) return false;
    const at = slotAt(puts);
    this.#octets[at] = text.length >>> 8;
    this.#octets[at + 1] = text.length;
    for (let i = 0; i < text.length; i++) this.#octets[at + LENGTH_OCTETS + i] = text.charCodeAt(i);
    Atomics.store(this.#counts, PUTS, puts + 1);
    return true;
  }

  /** The query put in longest ago; undefined when there is none. */
  take(): AnsweredQuery | undefined {
    const takes = Atomics.load(this.#counts, TAKES);
    if (takes === Atomics.load(this.#counts, PUTS)) return undefined;
    const at = slotAt(takes);
    const length = (this.#octets[at]! << 8) | this.#octets[at + 1]!;
    const query = queryOf(octetsOf(this.#octets, at + LENGTH_OCTETS, at + LENGTH_OCTETS + length));
    Atomics.store(this.#counts, TAKES, takes + 1);
    return query;
  }
}

function slotAt(count: number): number {
  return (count & (SLOTS - 1)) * SLOT_OCTETS;
}

/** Words with a space between, one octet for a character; the name is the last, because any octet may stand in it. */
function textOf({ client, port, protocol, name, type, rcode, octets, micros }: AnsweredQuery): string {
  return `${client} ${port} ${protocol} ${type ?? ""} ${rcode ?? ""} ${octets} ${micros} ${name ?? ""}`;
}

function queryOf(text: string): AnsweredQuery {
  const [client, port, protocol, type, rcode, octets, micros, ...name] = text.split(" ");
  const number = (word: string | undefined) => (word === "" ? undefined : Number(word));
  return {
    client: client!,
    port: Number(port),
    protocol: protocol!,
    name: name.join(" ") || undefined,
    type: number(type),
    rcode: number(rcode),
    octets: Number(octets),
    micros: Number(micros),
  };
}
