import type { Name } from "../dns/name.ts";
import type { UpdateMessage } from "../dns/update-message.ts";
import type { ExtendedError } from "../zone/node.ts";
import type { Client } from "./transport.ts";

/** How an update (RFC 2136) ended: all that its response says. */
export interface UpdateOutcome {
  readonly rcode: number;
  readonly ede?: ExtendedError;
}

/**
 * Makes an update, whole or not at all, and waits until it is answered from. `key` signed the request and was verified;
 * undefined: none did. Rejects for bugs of ours only.
 */
export type Update = (message: UpdateMessage, key: Name | undefined, client: Client) => Promise<UpdateOutcome>;
