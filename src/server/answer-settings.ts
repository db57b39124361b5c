import { NetworkMap, type Placed } from "../dns/network-map.ts";
import { type Network, Networks } from "../dns/networks.ts";
import type { Octets } from "../dns/octets.ts";
import { Deadlines } from "../zone/deadlines.ts";
import { Cookies } from "./cookies.ts";
import type { ResponderOptions } from "./responder.ts";
import { ResponseRate } from "./response-rate.ts";
import { STREAM_TIMES } from "./stream-times.ts";
import type { Keys } from "./tsig.ts";
import { Turns } from "./turns.ts";

/** What answers depend on besides the zones, as data that another thread can be given. */
export interface AnswerSettings {
  readonly keys: Keys;
  /** "" is not told. */
  readonly identity: string;
  readonly version: string;
  /** One at least, of 16 octets each: the same in every thread, as a client is answered by any of them. */
  readonly cookieSecrets: readonly Octets[];
  readonly largeAnswersTo: readonly Network[];
  /** Where clients are. */
  readonly localities: readonly Placed<Octets>[];
  readonly rateLimit: {
    /** 0 = any number. */
    readonly perSecond: number;
    readonly slip: number;
    readonly exempt: readonly Network[];
  };
  /** The table of response-rate limiting, when there is one to share. */
  readonly rateMemory?: SharedArrayBuffer;
  /** Whose turn it is, when others count too. */
  readonly turnMemory?: SharedArrayBuffer;
  /** That of Deadlines, when somebody writes them. */
  readonly deadlineMemory?: SharedArrayBuffer;
}

/** Wall clock. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The responder's options, but for what answers later. */
export function responderOptions(settings: AnswerSettings): Omit<ResponderOptions, "later"> {
  const { keys, identity, version, cookieSecrets, largeAnswersTo, rateLimit, rateMemory: memory } = settings;
  const { perSecond, slip } = rateLimit;
  const { localities, turnMemory, deadlineMemory } = settings;
  const limits = { perSecond, slip, exempt: new Networks(rateLimit.exempt), ...(memory && { memory }) };
  return {
    keys,
    nowSeconds,
    identity: identity || undefined,
    version: version || undefined,
    cookies: new Cookies(cookieSecrets),
    idleMs: STREAM_TIMES.idleMs,
    largeTo: new Networks(largeAnswersTo),
    chances: {
      random: Math.random,
      nextTurn: new Turns(turnMemory).next,
      localities: new NetworkMap(localities),
    },
    deadlines: new Deadlines(deadlineMemory),
    rate: perSecond === 0 ? undefined : new ResponseRate(limits),
  };
}
