import { expect, test } from "vitest";
import { changeByUpdate, type UpdateTarget } from "../../src/catalog/update-changes.ts";
import { parseGrant } from "../../src/dns/grants.ts";
import { parseMasterFile } from "../../src/dns/master-file.ts";
import { parseName, readName } from "../../src/dns/name.ts";
import { type Network, parseNetwork } from "../../src/dns/networks.ts";
import { parseQuery } from "../../src/dns/query.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import { parseUpdateGrant } from "../../src/dns/update-policy.ts";
import { Framing } from "../../src/server/framing.ts";
import type { Client } from "../../src/server/transport.ts";
import { type Signer, verifyRequest } from "../../src/server/tsig.ts";
import { makeNode } from "../../src/zone/node.ts";
import { parserTarget } from "./parser.ts";
import { responsesTarget } from "./responses.ts";
import { attack, TARGETS } from "./run.ts";
import { settingsTarget } from "./settings-texts.ts";
import { signatureTarget } from "./signatures.ts";
import { streamTarget } from "./streams.ts";
import { type Respond, responderOf } from "./subject.ts";
import type { Target } from "./target.ts";
import { masterFileTarget, nameTextTarget, octetsTarget, rdataTarget } from "./texts.ts";
import { transfersOf, transferTarget } from "./transfers.ts";
import { updateTarget } from "./updates.ts";
import { SNAPSHOT } from "./world.ts";

const SEED = 20;
const CASES = 1000;
/** A break may need a rare case; the hunt ends with the first. */
const CANARY_CASES = 5000;

test.each(TARGETS)("$name hold their property over the first cases", async (target) => {
  expect((await attack(target, SEED, 0, CASES))?.problem).toBeUndefined();
});

/** The responder with a fault of ours put into it: `spoil` alters what it wrote, or returns another length. */
function faulty(
  spoil: (request: Uint8Array, out: Uint8Array, length: number, client: Client) => number | undefined,
): Target {
  const respond = responderOf(SNAPSHOT);
  const broken: Respond = (request, client, out) => {
    const length = respond(request, client, out);
    return length <= 0 ? length : (spoil(request, out, length, client) ?? length);
  };
  return responsesTarget(broken);
}

/** Transfers with a fault of ours put into each message. */
function faultyTransfers(spoil: (message: Uint8Array, n: number) => Uint8Array | undefined): Target {
  const respondLater = transfersOf();
  return transferTarget(async function* (request, client) {
    let n = 0;
    for await (const message of respondLater(request, client)) {
      const spoilt = spoil(message, n++);
      if (spoilt !== undefined) yield spoilt;
    }
  });
}

/** Loses the first octet of a length that the network cut in two. */
class ForgetfulFraming extends Framing {
  override push(chunk: Uint8Array): void {
    if (chunk.length > 1 || !this.isEmpty) super.push(chunk);
  }
}

/** True for a client that gets 1232 octets at most. */
function isNear({ protocol, address }: Client): boolean {
  return protocol === "udp" && address === "192.0.2.100";
}

function flip(octets: Uint8Array, at: number, bits: number): undefined {
  octets[at]! ^= bits;
}

function raise(): never {
  throw new RangeError("a canary");
}

function shifted<T extends { questionEnd: number }>(query: T): T {
  return { ...query, questionEnd: query.questionEnd > 12 ? query.questionEnd - 1 : 12 };
}

function believing(signer: Signer | undefined): Signer | undefined {
  return signer && { ...signer, key: signer.key ?? parseName("fuzz.key.") };
}

const EVERYTHING = [parseUpdateGrant("k subtree . ANY")!];

function unwritten(target: UpdateTarget): UpdateTarget {
  return { ...target, fixed: makeNode("") };
}

function widened(network: Network | undefined): Network | undefined {
  return network && { ...network, bits: Math.max(0, network.bits - 1) };
}

let answered = 0;

const CANARIES: readonly [fault: string, target: Target, problem: RegExp][] = [
  ["throws at a label of 63 octets", faulty((request) => (request[12] === 63 ? raise() : undefined)), /threw/],
  ["spoils the id", faulty((_, out) => flip(out, 1, 1)), /request's id/],
  ["leaves QR off", faulty((_, out) => flip(out, 2, 0x80)), /QR=1/],
  ["sends one octet too many", faulty((_, __, length) => length + 1), /well-formed/],
  ["exceeds a client's limit", faulty((_, __, length, to) => (isNear(to) && length > 500 ? 1233 : length)), /at most/],
  [
    "writes behind the limit",
    faulty((_, out, __, to) => (isNear(to) ? flip(out, 1232, 1) : undefined)),
    /not write behind/,
  ],
  ["stays silent at FORMERR", faulty((_, out, length) => ((out[3]! & 15) === 1 ? 0 : length)), /must answer/],
  ["claims recursion", faulty((_, out) => flip(out, 3, 0x80)), /RA=0/],
  ["invents an rcode", faulty((_, out) => flip(out, 3, 0x0f)), /sane rcode|beside an error/],
  ["changes the question's case", faulty((_, out) => flip(out, 13, 0x20)), /echo|well-formed/],
  ["spoils the last octet", faulty((_, out, length) => flip(out, length - 1, 1)), /must/],
  ["changes the request", faulty((request) => flip(request, 0, 1)), /change the request/],
  ["remembers", faulty((_, out) => (answered++ % 9 === 8 ? flip(out, 2, 4) : undefined)), /answered before/],
  ["misplaces the question", parserTarget((request) => shifted(parseQuery(request))), /end the question/],
  ["forgets half a length", streamTarget(() => new ForgetfulFraming()), /must/],
  ["believes any signature", signatureTarget((...given) => believing(verifyRequest(...given))), /accept what was/],
  ["believes nobody", signatureTarget(() => undefined), /accept what/],
  ["loses a message of a transfer", faultyTransfers((message, n) => (n === 1 ? undefined : message)), /must/],
  ["leaves a transfer unsigned", faultyTransfers((message) => message.fill(0, -6)), /sign every message/],
  ["grants a key everything", updateTarget((message, _, zone) => changeByUpdate(message, EVERYTHING, zone)), /granted/],
  ["overlooks zone files", updateTarget((...given) => changeByUpdate(given[0], given[1], unwritten(given[2]))), /must/],
  ["misreads names", octetsTarget((octets, at) => readName(octets, at)?.slice(1)), /must/],
  ["misprints RDATA", rdataTarget((type, rdata) => rdataText(type, rdata).replace("7", "8")), /read back/],
  [
    "throws at an escape",
    nameTextTarget((text, at) => (text.includes("\\2") ? raise() : parseName(text, at))),
    /threw/,
  ],
  [
    "misreads networks",
    settingsTarget({ parseNetwork: (text) => widened(parseNetwork(text)), parseGrant }),
    /read back/,
  ],
  ["loses its place", masterFileTarget((text, at) => parseMasterFile(text.replace("\n", "\n\n\n"), at)), /point into/],
];

test.each(CANARIES)("the fuzzer sees it when the code %s", async (_, target, problem) => {
  expect((await attack(target, SEED, 0, CANARY_CASES))?.problem).toMatch(problem);
});

test("a case can be repeated alone", async () => {
  const [, target] = CANARIES[0]!;
  const found = (await attack(target, SEED, 0, CANARY_CASES))!;
  expect((await attack(target, SEED, found.case, found.case + 1))?.case).toBe(found.case);
  expect(await attack(target, SEED, 0, found.case)).toBeUndefined();
});
