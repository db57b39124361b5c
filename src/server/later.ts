import { EDE, OPCODE, RCODE } from "../dns/numbers.ts";
import { parseQuery } from "../dns/query.ts";
import { parseUpdate } from "../dns/update-message.ts";
import { Reply } from "./reply.ts";
import { type Finish, openRequest, type Request, type RequestSettings } from "./request.ts";
import { type TransferOptions, transfer } from "./transfer.ts";
import type { Responder } from "./transport.ts";
import type { Update } from "./update.ts";

export interface LaterOptions extends TransferOptions, RequestSettings {
  /** Undefined where nobody may update anything. */
  readonly update: Update | undefined;
}

/**
 * Answers what takes several messages or has to wait: zone transfers and dynamic updates. Header, OPT and TSIG of the
 * request are in order, or `respond` would have said so itself.
 */
export function createLater(options: LaterOptions): Responder["respondLater"] {
  const { counters, nowSeconds } = options;
  return async function* respondLater(bytes, client) {
    const request = openRequest(bytes, parseQuery(bytes), client, options);
    for await (const message of messagesFor(new Reply(request, nowSeconds), options)) {
      counters.response(message[3]! & 0xf, message.length, (message[2]! & 0x02) !== 0);
      yield message;
    }
  };
}

async function* messagesFor(reply: Reply, options: LaterOptions): AsyncGenerator<Uint8Array> {
  if (reply.request.query.opcode === OPCODE.UPDATE) yield reply.empty(await updated(reply.request, options.update));
  else yield* transfer(reply, options);
}

async function updated({ bytes, client, signer }: Request, update: Update | undefined): Promise<Finish> {
  if (update === undefined) return { rcode: RCODE.REFUSED, ede: { code: EDE.PROHIBITED, text: "nobody may update" } };
  const message = parseUpdate(bytes);
  return message === undefined ? { rcode: RCODE.FORMERR } : update(message, signer?.key, client);
}
