import { expect, test } from "vitest";
import { parseMasterFile } from "../../src/dns/master-file.ts";
import { parseName, readName } from "../../src/dns/name.ts";
import { rdataText } from "../../src/dns/rdata.ts";
import { type Respond, responderOf, responsesTarget } from "./responses.ts";
import { attack, TARGETS } from "./run.ts";
import type { Target } from "./target.ts";
import { masterFileTarget, nameTextTarget, octetsTarget, rdataTarget } from "./texts.ts";
import { SNAPSHOT } from "./world.ts";

const SEED = 20;
const CASES = 2000;
/** A break may need a rare case; the hunt ends with the first. */
const CANARY_CASES = 5000;

test.each(TARGETS)("$name hold their property over the first cases", (target) => {
  expect(attack(target, SEED, 0, CASES)?.problem).toBeUndefined();
});

/** The responder with a fault of ours put into it: `spoil` alters what it wrote, or returns another length. */
function faulty(spoil: (request: Uint8Array, out: Uint8Array, length: number) => number | undefined): Target {
  const respond = responderOf(SNAPSHOT);
  const broken: Respond = (request, client, out) => {
    const length = respond(request, client, out);
    return length === 0 ? 0 : (spoil(request, out, length) ?? length);
  };
  return responsesTarget(broken);
}

function flip(octets: Uint8Array, at: number, bits: number): undefined {
  octets[at]! ^= bits;
}

function raise(): never {
  throw new RangeError("a canary");
}

let answered = 0;

const CANARIES: readonly [fault: string, target: Target, problem: RegExp][] = [
  ["throws at a label of 63 octets", faulty((request) => (request[12] === 63 ? raise() : undefined)), /threw/],
  ["spoils the id", faulty((_, out) => flip(out, 1, 1)), /request's id/],
  ["leaves QR off", faulty((_, out) => flip(out, 2, 0x80)), /QR=1/],
  ["sends one octet too many", faulty((_, __, length) => length + 1), /well-formed/],
  ["exceeds a client's limit", faulty((_, __, length) => (length > 500 ? 1233 : length)), /at most/],
  ["writes behind the limit", faulty((_, out) => flip(out, 1232, 1)), /not write behind/],
  ["stays silent at FORMERR", faulty((_, out, length) => ((out[3]! & 15) === 1 ? 0 : length)), /must answer/],
  ["claims recursion", faulty((_, out) => flip(out, 3, 0x80)), /RA=0/],
  ["invents an rcode", faulty((_, out) => flip(out, 3, 0x0f)), /sane rcode|beside an error/],
  ["changes the question's case", faulty((_, out) => flip(out, 13, 0x20)), /echo|well-formed/],
  ["spoils the last octet", faulty((_, out, length) => flip(out, length - 1, 1)), /must/],
  ["changes the request", faulty((request) => flip(request, 0, 1)), /change the request/],
  ["remembers", faulty((_, out) => (answered++ % 9 === 8 ? flip(out, 2, 4) : undefined)), /answered before/],
  ["misreads names", octetsTarget((octets, at) => readName(octets, at)?.slice(1)), /must/],
  ["misprints RDATA", rdataTarget((type, rdata) => rdataText(type, rdata).replace("7", "8")), /read back/],
  [
    "throws at an escape",
    nameTextTarget((text, at) => (text.includes("\\2") ? raise() : parseName(text, at))),
    /threw/,
  ],
  ["loses its place", masterFileTarget((text, at) => parseMasterFile(text.replace("\n", "\n\n\n"), at)), /point into/],
];

test.each(CANARIES)("the fuzzer sees it when the code %s", (_, target, problem) => {
  expect(attack(target, SEED, 0, CANARY_CASES)?.problem).toMatch(problem);
});

test("a case can be repeated alone", () => {
  const [, target] = CANARIES[0]!;
  const found = attack(target, SEED, 0, CANARY_CASES)!;
  expect(attack(target, SEED, found.case, found.case + 1)?.case).toBe(found.case);
  expect(attack(target, SEED, 0, found.case)).toBeUndefined();
});
