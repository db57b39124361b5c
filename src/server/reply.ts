import { MessageWriter } from "../dns/message-writer.ts";
import { MESSAGE_OCTETS_MAX } from "../dns/numbers.ts";
import type { Zone } from "../zone/zone.ts";
import { addZoneOptions } from "./edns.ts";
import { beginResponse, type Finish, finishResponse, type Request } from "./request.ts";

/** A message is made from begin to end without a pause: so all are made with the same two. */
const scratch = new Uint8Array(MESSAGE_OCTETS_MAX);
const writer = new MessageWriter();

/** The messages of one response, which may be kept. */
export class Reply {
  readonly request: Request;
  readonly #nowSeconds: () => number;

  constructor(request: Request, nowSeconds: () => number) {
    this.request = request;
    this.#nowSeconds = nowSeconds;
  }

  /** Has the messages that follow tell what the client wants to know of this zone. */
  speakOf(zone: Zone): void {
    const { opt, query } = this.request;
    if (opt !== undefined) addZoneOptions(writer, opt, zone, query);
  }

  /** Begins a message. The writer is the caller's until `end`, to put records in. */
  begin(): MessageWriter {
    beginResponse(writer, scratch, this.request);
    return writer;
  }

  /** Ends the message with header, OPT and TSIG. */
  end(finish: Finish): Uint8Array {
    return scratch.slice(0, finishResponse(writer, scratch, this.request, finish, this.#nowSeconds()));
  }

  /** A message without records. */
  empty(finish: Finish): Uint8Array {
    this.begin();
    return this.end(finish);
  }
}
