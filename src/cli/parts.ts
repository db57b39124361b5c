import type { Endpoint, Settings } from "../settings.ts";

/** What the commands need from the rest of the program; main.ts, which may know everybody, hands it over. */
export interface Parts {
  readonly version: string;
  serve(options: { readonly settings: Settings; reread(): Settings }): Promise<{
    reload(): Promise<void>;
    close(): Promise<void>;
  }>;
  openResponder(settings: Settings): Promise<{
    readonly responder: {
      respond(request: Uint8Array, client: Endpoint & { readonly protocol: "udp" | "tcp" }, out: Uint8Array): number;
    };
    close(): Promise<void>;
  }>;
  /** Reads a master file, or the *.zone files of a directory; problems are `file:line:column: …`. */
  checkZones(
    path: string,
    discoveryZone: string,
  ): Promise<{ readonly zones: readonly ZoneSummary[]; readonly problems: readonly string[] }>;
}

interface ZoneSummary {
  /** Presentation form, absolute. */
  readonly apex: string;
  readonly records: number;
}
