import type { Endpoint, Settings } from "../settings.ts";

/** What the commands need from the rest of the program; main.ts, which may know everybody, hands it over. */
export interface Parts {
  readonly version: string;
  serve(options: { readonly settings: Settings; reread(): Settings }): Promise<{
    reload(): Promise<void>;
    close(): Promise<void>;
  }>;
  openResponder(settings: Settings): Promise<{
    readonly responder: AskedResponder;
    close(): Promise<void>;
  }>;
  /** Reads master files, and directories of them, as one set; problems are `file:line:column: …`. */
  checkZones(
    paths: readonly string[],
    discoveryZone: string,
  ): Promise<{ readonly zones: readonly ZoneSummary[]; readonly problems: readonly string[] }>;
}

type AskingClient = Endpoint & { readonly protocol: "udp" | "tcp" };

/** What of the server's responder `muster ask` needs. */
export interface AskedResponder {
  /** Writes the response into `out` and returns its length; 0 is silence, and below 0 `respondLater` has the answer. */
  respond(request: Uint8Array, client: AskingClient, out: Uint8Array): number;
  respondLater(request: Uint8Array, client: AskingClient): AsyncIterable<Uint8Array>;
}

interface ZoneSummary {
  /** Presentation form, absolute. */
  readonly origin: string;
  readonly serial: number;
  readonly records: number;
}
