import type { Catalog } from "../catalog/catalog.ts";
import type { History } from "../catalog/history.ts";
import type { CheckResult, CheckState } from "../catalog/model.ts";
import type { Prospect } from "../catalog/prospect.ts";
import type { Scheme } from "../catalog/scheme.ts";
import type { Revision, Store } from "../catalog/store.ts";
import type { Message } from "../dns/message.ts";
import type { Name } from "../dns/name.ts";
import type { Settings } from "../settings.ts";
import type { Outcome } from "../zone/lookup.ts";

/** What the API needs of the rest of the program: `serve.ts` hands it over. */
export interface ApiOptions {
  readonly settings: Pick<Settings, "checks" | "http" | "zone">;
  readonly log: {
    warn(details: object, message: string): void;
    error(details: object, message: string): void;
  };
  readonly catalog: () => Catalog;
  readonly store: Pick<Store, "commit" | "read">;
  /** Resolves once this server's DNS answers from `revision`. */
  readonly reached: (revision: Revision) => Promise<void>;
  /** Resolves with the next publication, or as soon as `signal` aborts. Listens from the call on. */
  readonly nextPublication: (signal: AbortSignal) => Promise<unknown>;
  /** A heartbeat with the state that the instance says of itself. Rejects with a StoreError. */
  readonly heartbeat: (service: string, id: string, state: CheckState, output: string) => Promise<Renewal>;
  /** A registration that changed nothing: renews the lease and leaves a state pushed before alone. */
  readonly renew: (service: string, id: string) => Promise<Renewal>;
  /** Renews the leader lease of a service. */
  readonly lead: (service: string) => void;
  /** What is left of it; undefined when nobody holds one. */
  readonly leadSecondsLeft: (service: string) => number | undefined;
  /** What shortens the answers of a service, if anything does. */
  readonly prospect: (service: string) => Prospect | undefined;
  /** The last results of an instance's checks, newest first. */
  readonly checkResults: (service: string, id: string) => readonly CheckResult[];
  /** How much an instance has fallen lately; undefined when it has not. */
  readonly flapping: (service: string, id: string) => Flapping | undefined;
  readonly inspector: Inspector;
  readonly history: Pick<History, "at" | "of" | "rememberedFromMs">;
  /** A sentence when static zone data forbids names of this service. */
  readonly clash: (service: string) => string | undefined;
  readonly readiness: () => Readiness;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** What `GET /v1/status` answers besides the revision. */
  readonly status: () => object;
  readonly wallMs: () => number;
  /** Until the longest TTL under which this instance was handed out has run out. */
  readonly drainSeconds: (service: string, id: string) => number;
  /** After each answer; `route` is the pattern, "" where there was none. */
  readonly onRequest?: (method: string, route: string, status: number, seconds: number) => void;
}

/** Looks at answers from within. */
export interface Inspector {
  readonly scheme: () => Scheme;
  /** What a client at this address is answered over TCP; undefined where that takes several messages. */
  readonly ask: (name: Name, type: number, address: string) => Message | undefined;
  /** Undefined for a name that lies in no zone of ours. */
  readonly place: (name: Name, type: number) => Place | undefined;
}

/** Where a name is looked up, and what is found there. */
export interface Place {
  readonly zone: string;
  readonly serial: number;
  readonly outcome: Outcome["kind"];
  /** What says something of this very name. */
  readonly sources: readonly ("registered" | "update" | "static")[];
}

export type Renewal =
  /** With the revision of the transition it made, if it made one. */
  { readonly kind: "renewed"; readonly revision?: Revision } | { readonly kind: "unknown" };

export interface Flapping {
  readonly penalty: number;
  readonly isHeldOut: boolean;
  readonly reuseInSeconds: number;
}

export interface Readiness {
  readonly isReady: boolean;
  readonly parts: readonly { readonly name: string; readonly isReady: boolean; readonly detail?: string }[];
}

/** The options with what the API itself adds. */
export interface ApiContext extends ApiOptions {
  /** Aborts when the server begins to close: whoever waits stops waiting. */
  readonly closing: AbortSignal;
}
