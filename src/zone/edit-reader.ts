import type { Octets } from "../dns/octets.ts";
import { DRAWS, type EditPart, FORM, KNOWN_MAX, NO_LIST, NO_SELECTION } from "./edit-steps.ts";
import type { Notes } from "./node.ts";
import { type Pool, type RRset, rrset, type Selection } from "./rrset.ts";
import { spliced } from "./splice.ts";

/** Shorter RDATA takes less memory than finding it takes time. */
const KEPT_OCTETS_MIN = 12;
/** Enough for a service of thousands, which is told in one piece. */
const KEPT_MAX = 65_536;

/** Reads the numbers and texts of an edit, part by part, and what they say of RRsets. */
export class PartReader {
  #numbers: readonly number[] = [];
  #texts: readonly string[] = [];
  #numberAt = 0;
  #textAt = 0;
  /** RRsets that the edit has told, by index. */
  readonly #told: RRset[] = [];
  /** Its longer RDATA, each kept once: an instance's SRV record stands at its service too. */
  readonly #kept = new Map<Octets, Octets>();

  get isAtEnd(): boolean {
    return this.#numberAt === this.#numbers.length;
  }

  take({ numbers, texts }: EditPart): void {
    this.#numbers = numbers;
    this.#texts = texts;
    this.#numberAt = 0;
    this.#textAt = 0;
  }

  /** The edit is over. */
  forget(): void {
    this.#numbers = [];
    this.#texts = [];
    this.#numberAt = 0;
    this.#told.length = 0;
    this.#kept.clear();
  }

  number(): number {
    return this.#numbers[this.#numberAt++]!;
  }

  text(): string {
    return this.#texts[this.#textAt++]!;
  }

  notes(): Notes | undefined {
    const [negativeTtl, deadlinePlace, code] = [this.number(), this.number(), this.number()];
    const ede = code < 0 ? undefined : { code, text: this.text() };
    if (ede === undefined && negativeTtl < 0 && deadlinePlace < 0) return undefined;
    return {
      ...(negativeTtl >= 0 && { negativeTtl }),
      ...(deadlinePlace >= 0 && { deadlinePlace }),
      ...(ede && { ede }),
    };
  }

  /** All RRsets of a node that had these `before`. */
  rrsets(before: readonly RRset[]): RRset[] {
    return this.#list(() => this.#rrset(before));
  }

  #rrset(before: readonly RRset[]): RRset {
    const form = this.number();
    switch (form) {
      case FORM.kept:
        return before[this.number()]!;
      case FORM.known:
        return this.#told[this.number()]!;
      case FORM.whole:
      case FORM.spliced: {
        const [type, ttl, selection] = [this.number(), this.number(), this.#selection()];
        const rdatas = form === FORM.whole ? this.#list(this.#rdata) : this.#spliced(before[this.number()]!);
        return this.#remember(rrset(type, ttl, rdatas, selection));
      }
      default:
        throw new Error(`Cannot read an RRset as there is no form ${form}`);
    }
  }

  readonly #rdata = (): Octets => {
    const rdata = this.text();
    if (rdata.length < KEPT_OCTETS_MIN) return rdata;
    const known = this.#kept.get(rdata);
    if (known !== undefined) return known;
    if (this.#kept.size === KEPT_MAX) this.#kept.clear();
    this.#kept.set(rdata, rdata);
    return rdata;
  };

  #selection(): Selection | undefined {
    const max = this.number();
    if (max === NO_SELECTION) return undefined;
    const draw = DRAWS[this.number()];
    const [totals, keys] = [this.#listIfAny(this.#number), this.#listIfAny(this.#number)];
    const pools = this.#listIfAny(this.#pool);
    return { max, ...(draw && { draw }), ...(totals && { totals }), ...(keys && { keys }), ...(pools && { pools }) };
  }

  readonly #number = (): number => this.number();

  readonly #pool = (): Pool => ({ priority: this.number(), end: this.number(), locality: this.text() });

  #spliced({ rdatas }: RRset): string[] {
    const counts = this.#list(() => this.number());
    let added = 0;
    for (let at = 2; at < counts.length; at += 3) added += counts[at]!;
    return spliced(rdatas, { counts, values: Array.from({ length: added }, this.#rdata) });
  }

  #remember(told: RRset): RRset {
    if (this.#told.length === KNOWN_MAX) this.#told.length = 0;
    this.#told.push(told);
    return told;
  }

  #listIfAny<T>(read: () => T): T[] | undefined {
    return this.#numbers[this.#numberAt] === NO_LIST ? void this.number() : this.#list(read);
  }

  /** A count, and so many of what `read` reads. */
  #list<T>(read: () => T): T[] {
    const list: T[] = [];
    for (let left = this.number(); left > 0; left--) list.push(read());
    return list;
  }
}
