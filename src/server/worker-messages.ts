import type { EditPart } from "../zone/edit-steps.ts";
import type { AnswerSettings } from "./answer-settings.ts";
import type { ReplyPath } from "./reply-paths.ts";
import type { Client } from "./transport.ts";
import type { UdpSocket } from "./udp-sockets.ts";

/** What crosses between worker-link.ts and udp-worker.ts: structured clones, in order, and memory that both see. */

export interface UdpWorkerData {
  readonly sockets: readonly UdpSocket[];
  readonly wakeFd: number;
  readonly mail: Int32Array<SharedArrayBuffer>;
  readonly answers: AnswerSettings;
  /** That of the thread's DnsCounters. */
  readonly counters: SharedArrayBuffer;
  /** Undefined where no queries are logged. */
  readonly queryLog: { readonly share: number; readonly ring: SharedArrayBuffer } | undefined;
}

/** The cells of `mail`. All of them go round at 2^32. */
export const MAIL = {
  /** Messages that the main thread has posted: the worker sees that there are some without asking its port. */
  posted: 0,
  /** Messages that the worker is done with. It notifies who waits for this one. */
  taken: 1,
  /** The publication that the worker answers from. */
  applied: 2,
} as const;

export type ToWorker =
  /** With the last part, what is answered is `publication`. */
  | { readonly kind: "edit"; readonly part: EditPart; readonly publication: number }
  /** What is answered is up to date: from now on the sockets are read. */
  | { readonly kind: "serve" }
  /** A message that answers a request which the worker put off. */
  | { readonly kind: "send"; readonly message: Uint8Array; readonly socket: number; readonly path: ReplyPath }
  /** Is taken by a worker that moves. */
  | { readonly kind: "ping" }
  | { readonly kind: "close" };

export type FromWorker =
  | {
      readonly kind: "later";
      readonly request: Uint8Array;
      readonly client: Client;
      readonly socket: number;
      readonly path: ReplyPath;
    }
  /** A query met a bug; of many the first in a second is told. */
  | { readonly kind: "fault"; readonly message: string; readonly stack: string | undefined };
