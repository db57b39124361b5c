import { setTimeout } from "node:timers/promises";
import { FLAG_AA } from "../dns/message-writer.ts";
import { foldName, type Name, nameText } from "../dns/name.ts";
import { CLASS, HEADER_OCTETS, OPCODE, TYPE } from "../dns/numbers.ts";
import { bytesOf, u16, u32 } from "../dns/octets.ts";
import { rcodeText } from "../dns/rcode-names.ts";
import type { TsigKey } from "../dns/tsig-key.ts";
import type { Logger } from "../observe/log.ts";
import { findRRset } from "../zone/node.ts";
import type { Snapshot } from "../zone/snapshot.ts";
import type { Zone } from "../zone/zone.ts";
import { Notice, type NotifyTimes } from "./notice.ts";
import { type Asking, NotifyLine } from "./notify-line.ts";
import type { Endpoint } from "./transport.ts";
import { type Keys, signRequest } from "./tsig.ts";

/** A secondary to be told of new versions, and the key that signs what it is told. */
export interface NotifyTarget extends Endpoint {
  readonly key?: Name;
}

export interface NotifierOptions {
  readonly targets: readonly NotifyTarget[];
  readonly keys: Keys;
  /** The address of ours to speak from: a secondary listens to its primary only. Undefined: whichever there is. */
  sourceOf(target: NotifyTarget): string | undefined;
  /** Wall clock. */
  readonly nowSeconds: () => number;
  readonly log: Logger;
  /** Those given replace the ones of NOTIFY_TIMES. */
  readonly times?: Partial<NotifyTimes>;
}

/** RFC 1996 §3.6 leaves the times to us. It proposes a minute, and to give up: its zones did not change by the second. */
const NOTIFY_TIMES: NotifyTimes = { pauseMs: 100, retryMs: 250, retryMaxMs: 10_000 };
/** A target that stays silent this long is logged; one lost datagram is not. */
const SILENT_MS = 4000;

/** Tells secondaries of new versions of our zones (RFC 1996), each until it has acknowledged the newest. */
export class Notifier {
  readonly #closing = new AbortController();
  readonly #secondaries: readonly Secondary[];

  constructor(options: NotifierOptions) {
    this.#secondaries = options.targets.map((target) => new Secondary(target, options, this.#closing.signal));
  }

  /** Tells of each zone that has another serial than before; without a before, of all. */
  published(before: Snapshot | undefined, after: Snapshot): void {
    for (const zone of after.zones) {
      if (before?.zone(zone.origin)?.serial === zone.serial) continue;
      for (const secondary of this.#secondaries) secondary.tell(zone);
    }
    for (const { origin } of before?.zones ?? []) {
      if (after.zone(origin) === undefined) for (const secondary of this.#secondaries) secondary.forget(origin);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const secondary of this.#secondaries) await secondary.close();
  }
}

/** One target, and what it is to be told of each zone. */
class Secondary {
  readonly #target: NotifyTarget;
  readonly #key: TsigKey | undefined;
  readonly #options: NotifierOptions;
  readonly #signal: AbortSignal;
  readonly #line: NotifyLine;
  readonly #notices = new Map<Name, Notice>();
  /** What came of telling it of a zone the last time, in words: logged when it is another. */
  readonly #outcomes = new Map<Name, string>();

  constructor(target: NotifyTarget, options: NotifierOptions, signal: AbortSignal) {
    this.#target = target;
    this.#key = target.key === undefined ? undefined : keyOf(target, target.key, options.keys);
    this.#options = options;
    this.#signal = signal;
    this.#line = new NotifyLine(target, options.sourceOf(target));
  }

  tell(zone: Zone): void {
    const origin = foldName(zone.origin);
    const times = { ...NOTIFY_TIMES, ...this.#options.times };
    const notice = this.#notices.get(origin) ?? new Notice({ tell: this.#notify, times, signal: this.#signal });
    this.#notices.set(origin, notice);
    notice.update(zone);
  }

  forget(origin: Name): void {
    this.#notices.get(foldName(origin))?.withdraw();
    this.#notices.delete(foldName(origin));
    this.#outcomes.delete(foldName(origin));
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  /** True when the target has answered: whatever its rcode, it will not say another thing when told again. */
  #notify = async (zone: Zone, waitMs: number): Promise<boolean> => {
    try {
      const asking = (id: number) => notification(zone, id, this.#key, this.#options.nowSeconds);
      const response = await this.#line.ask(asking, waitMs);
      if (response !== undefined) this.#report(zone, rcodeText(response[3]! & 0xf));
      else if (waitMs >= SILENT_MS) this.#report(zone, "no answer");
      return response !== undefined;
    } catch (error) {
      this.#report(zone, (error as Error).message);
      await setTimeout(waitMs, undefined, { signal: this.#signal }).catch(() => undefined);
      return false;
    }
  };

  #report(zone: Zone, outcome: string): void {
    const origin = foldName(zone.origin);
    if (this.#signal.aborted || this.#outcomes.get(origin) === outcome) return;
    this.#outcomes.set(origin, outcome);
    const { address, port } = this.#target;
    const level = outcome === ACKNOWLEDGED ? "info" : "warn";
    const about = { zone: nameText(zone.origin), serial: zone.serial, address, port, outcome };
    this.#options.log[level](about, "a secondary was notified");
  }
}

function keyOf({ address, port }: NotifyTarget, name: Name, keys: Keys): TsigKey {
  const key = keys.get(name);
  if (key !== undefined) return key;
  throw new Error(`Cannot notify ${address} port ${port} as there must be a key ${nameText(name)}`);
}

/** More than a TSIG record takes: two names, a MAC and fixed fields. */
const TSIG_OCTETS_MAX = 1024;

/** A NOTIFY with the SOA as it is now (RFC 1996 §3.7). */
function notification({ origin, apex }: Zone, id: number, key: TsigKey | undefined, nowSeconds: () => number): Asking {
  const soa = findRRset(apex, TYPE.SOA)!;
  const rdata = soa.rdatas[0]!;
  const header = [id, (OPCODE.NOTIFY << 11) | FLAG_AA, 1, 1, 0, 0].map(u16).join("");
  const typeAndClass = u16(TYPE.SOA) + u16(CLASS.IN);
  const owner = u16(0xc000 | HEADER_OCTETS);
  const octets = header + origin + typeAndClass + owner + typeAndClass + u32(soa.ttl) + u16(rdata.length) + rdata;
  if (key === undefined) return { bytes: bytesOf(octets), accepts: isResponse };
  const signed = new Uint8Array(octets.length + TSIG_OCTETS_MAX);
  signed.set(bytesOf(octets));
  const { length, verify } = signRequest(signed, octets.length, key, nowSeconds());
  return {
    bytes: signed.subarray(0, length),
    accepts: (response) => isResponse(response) && verify(response, nowSeconds()),
  };
}

function isResponse(response: Uint8Array): boolean {
  return response.length >= HEADER_OCTETS && (response[2]! & 0xf8) === (0x80 | (OPCODE.NOTIFY << 3));
}

const ACKNOWLEDGED = "NOERROR";
