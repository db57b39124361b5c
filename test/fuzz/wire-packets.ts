import { decodeMessage } from "../../src/dns/message.ts";
import { nameEnd } from "../../src/dns/name.ts";
import { sign, unsigned } from "./keys.ts";
import { mutateOctets } from "./mutate.ts";
import { attackQuery } from "./queries.ts";
import { randomOf } from "./random.ts";
import { must, withInput } from "./target.ts";
import { updateRequest } from "./update-requests.ts";

/** The packets of an attack: each is made of the seed and its number, which is also its id. */
export interface Packets {
  readonly seed: number;
  readonly from: number;
  readonly end: number;
}

const HEADER_OCTETS = 12;

/** Packet `n`: a request with accidents before it is signed, after it was, or without a signature. */
export function packetOf(seed: number, n: number): Uint8Array {
  const random = randomOf(seed, n);
  let packet = random.oneIn(5) ? Uint8Array.from(updateRequest(random)) : attackQuery(random);
  if (random.oneIn(3) && packet.length >= HEADER_OCTETS) {
    packet = sign(random, unsigned(packet), Math.floor(Date.now() / 1000))?.request ?? packet;
    if (random.oneIn(6)) packet = Uint8Array.from(mutateOctets(random, [...packet], 2));
  }
  if (packet.length >= 2) packet.set([(n >> 8) & 0xff, n & 0xff]);
  return packet;
}

/** False for what is answered with silence: half a header, and a response. */
export function isAnswered(packet: Uint8Array): boolean {
  return packet.length >= HEADER_OCTETS && (packet[2]! & 0x80) === 0;
}

export function idOf(message: Uint8Array): number {
  return (message[0]! << 8) | message[1]!;
}

/** The response is well-formed, of this size at most, and to one of these requests, which have its id. */
export function checkReply(response: Uint8Array, requests: readonly Uint8Array[], octetsMax: number): void {
  const input = requests[0] ?? response;
  withInput(input, () => {
    const shown = `got ${Buffer.from(response).toString("hex")}`;
    must(requests.length > 0, `must bear the id of a request: ${shown}`);
    const message = decodeMessage(response);
    must(message !== undefined, `must be well-formed: ${shown}`);
    must(response.length <= octetsMax, `must have at most ${octetsMax} octets: got ${response.length}`);
    must((response[2]! & 0x80) !== 0, `must be a response: ${shown}`);
    const end = message.questions.length === 0 ? HEADER_OCTETS : nameEnd(response, HEADER_OCTETS) + 4;
    const question = response.subarray(HEADER_OCTETS, end);
    must(
      requests.some((request) => Buffer.compare(request.subarray(HEADER_OCTETS, end), question) === 0),
      `must have the question of its request: ${shown}`,
    );
  });
}
