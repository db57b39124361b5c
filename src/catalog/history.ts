import type { Catalog } from "./catalog.ts";
import { unregistered } from "./mutable-service.ts";
import { answeredBy, type Rule, rulingOf } from "./rule.ts";
import { notesOf } from "./ruling-notes.ts";
import type { Service } from "./service.ts";
import type { Revision } from "./store.ts";
import type { Touched } from "./touched.ts";
import { idIn, type Standing, standingOf, type Turnover, turnover } from "./turnover.ts";

/** What one publication changed in who is answered for a service. */
export interface HistoryEvent extends Turnover {
  readonly service: string;
  readonly revision: Revision;
  /** Wall clock. */
  readonly atMs: number;
  readonly rule: Rule;
  /** The rule before. */
  readonly was: Rule;
  /** Why the rule is not simply `up`. */
  readonly why?: string;
}

/** Who was answered for a service at a time. */
export interface Past {
  readonly rule: Rule;
  readonly answered: readonly string[];
}

/** How many events and moves are remembered, of all services together. */
const WEIGHT_MAX = 50_000;
/** When it is too much a tenth goes at once: to forget one by one would move all others each time. */
const WEIGHT_KEPT = 45_000;

/** What is remembered of who was answered: a bounded number of events, told by the folds of the feed, in memory only. */
export class History {
  #events: HistoryEvent[] = [];
  #weight = 0;
  #rememberedFromMs = 0;
  /** By service; absent where nothing is registered. Nearly all are `up`, which needs no more than that word. */
  #standings = new Map<string, Standing | "up">();

  /** Wall clock; who was answered before is not known. */
  get rememberedFromMs(): number {
    return this.#rememberedFromMs;
  }

  /** Takes in what a fold changed. A whole table begins anew, as it does not say what was before. */
  fold(catalog: Catalog, touched: Touched, atMs: number): void {
    if (touched.all) return this.#begin(catalog, atMs);
    for (const [name, before] of touched.services) {
      const is = standingOf(catalog.services.get(name) ?? unregistered(name), catalog);
      const was = this.#standingBefore(is);
      this.#keep(is);
      const { came, left } = turnover(was, is, before);
      const [ruleBefore, { rule }] = [was.ruling.rule, is.ruling];
      if (rule === ruleBefore && came.length + left.length === 0) continue;
      const why = notesOf(is.ruling, 0).ede?.text;
      const event = { service: name, revision: catalog.revision, atMs, rule, was: ruleBefore, came, left };
      this.#remember(why === undefined ? event : { ...event, why });
    }
  }

  /** What happened to a service, newest first. */
  *of(service: string): Generator<HistoryEvent> {
    for (let i = this.#events.length - 1; i >= 0; i--) if (this.#events[i]!.service === service) yield this.#events[i]!;
  }

  /** Who was answered at a time, told backwards from who is answered now; undefined before what is remembered. */
  at(name: string, catalog: Catalog, atMs: number): Past | undefined {
    if (atMs < this.#rememberedFromMs) return undefined;
    const service: Service = catalog.services.get(name) ?? unregistered(name);
    const ruling = rulingOf(service, undefined, catalog);
    const answered = new Set(Array.from(answeredBy(ruling), (instance) => idIn(service, instance)));
    let { rule } = ruling;
    for (const event of this.of(name)) {
      if (event.atMs <= atMs) break;
      for (const { id } of event.came) answered.delete(id);
      for (const { id } of event.left) answered.add(id);
      rule = event.was;
    }
    return { rule, answered: [...answered].sort() };
  }

  #begin(catalog: Catalog, atMs: number): void {
    this.#events = [];
    this.#weight = 0;
    this.#rememberedFromMs = atMs;
    this.#standings = new Map();
    for (const service of catalog.services.values()) this.#keep(standingOf(service, catalog));
  }

  #keep(standing: Standing): void {
    const { rule, party } = standing.ruling;
    if (rule === "empty") this.#standings.delete(party.service.name);
    else this.#standings.set(party.service.name, rule === "up" ? "up" : standing);
  }

  /** How a service stood that stands like this now. */
  #standingBefore({ ruling: { party, quorum } }: Standing): Standing {
    const known = this.#standings.get(party.service.name);
    if (known !== undefined && known !== "up") return known;
    const ruling = { rule: known ?? ("empty" as const), party, quorum, answered: 0 };
    return { ruling, standIns: new Set() };
  }

  #remember(event: HistoryEvent): void {
    this.#events.push(event);
    this.#weight += weightOf(event);
    if (this.#weight <= WEIGHT_MAX) return;
    let forgotten = 0;
    while (this.#weight > WEIGHT_KEPT && forgotten < this.#events.length)
      this.#weight -= weightOf(this.#events[forgotten++]!);
    this.#rememberedFromMs = this.#events[forgotten - 1]!.atMs;
    this.#events.splice(0, forgotten);
  }
}

function weightOf({ came, left }: HistoryEvent): number {
  return 1 + came.length + left.length;
}
