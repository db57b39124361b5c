import { LATER, type Responder } from "../../src/server/transport.ts";

/** A message of `octets` in length: id, QR clear, and a pattern that betrays octets in the wrong place. */
export function message(id: number, octets: number): Uint8Array {
  const bytes = Uint8Array.from({ length: octets }, (_, at) => (at * 31 + id) & 0xff);
  bytes.set([id >> 8, id & 0xff, 0x01, 0x00]);
  return bytes;
}

/** A responder whose answers are written at once, but for those that `respondLater` has. */
export function responderOf(
  respond: Responder["respond"],
  respondLater: Responder["respondLater"] = nothing,
): Responder {
  return { respond, respondLater };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Answers each request with itself and QR set. */
export const echo = responderOf((request, _client, out) => {
  out.set(request);
  out[2] = request[2]! | 0x80;
  return request.length;
});

/** Answers requests with an odd id later, with the messages of `messages`; the others as `echo` does. */
export function laterIfOdd(messages: Responder["respondLater"]): Responder {
  return responderOf((request, client, out) => (isOdd(request) ? LATER : echo.respond(request, client, out)), messages);
}

export function isOdd(request: Uint8Array): boolean {
  return request[1]! % 2 === 1;
}

export function echoOf(request: Uint8Array): Uint8Array {
  const response = Uint8Array.from(request);
  response[2] = request[2]! | 0x80;
  return response;
}

/** Something to wait for until the test lets it happen. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
