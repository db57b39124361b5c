import { foldName, nameEnd, nameOf, readName } from "../../src/dns/name.ts";
import { RCODE, TYPE } from "../../src/dns/numbers.ts";
import { parseQuery, type Query } from "../../src/dns/query.ts";
import { attackQuery } from "./queries.ts";
import { must, type Target, withInput } from "./target.ts";

const HEADER_OCTETS = 12;
const FAULTS: ReadonlySet<number> = new Set([RCODE.NOERROR, RCODE.FORMERR, RCODE.NOTIMP]);

/** Whatever the octets, the parser says what stands there and points only to what is there. */
export function parserTarget(parse: typeof parseQuery = parseQuery): Target {
  return {
    name: "query parser",
    attack(random) {
      const request = attackQuery(random);
      if (request.length < HEADER_OCTETS) return;
      withInput(request, () => {
        const query = parse(request);
        must(FAULTS.has(query.fault), `must find nothing, FORMERR or NOTIMP: got ${query.fault}`);
        must(query.id === u16(request, 0) && query.flags === u16(request, 2), "must read the header");
        checkQuestion(request, query);
        checkEdns(request, query);
        checkTsig(request, query);
        const cut = request.subarray(0, HEADER_OCTETS + random.below(request.length - HEADER_OCTETS + 1));
        must(parse(cut).questionEnd <= cut.length, "must not point behind the end of a cut request");
      });
    },
  };
}

function checkQuestion(request: Uint8Array, { fault, opcode, qname, qtype, qclass, questionEnd }: Query): void {
  if (questionEnd === HEADER_OCTETS) {
    must(fault !== RCODE.NOERROR || u16(request, 4) === 0, "must have read the question it finds no fault with");
    return;
  }
  const name = readName(request, HEADER_OCTETS);
  must(name !== undefined && nameOf(qname.labels()) === foldName(name), "must read the question's name, folded");
  const at = nameEnd(request, HEADER_OCTETS);
  must(questionEnd === at + 4 && questionEnd <= request.length, "must end the question where it ends");
  must(qtype === u16(request, at) && qclass === u16(request, at + 2), "must read the question's type and class");
  must(opcode === ((request[2]! >> 3) & 15), "must read the opcode");
}

function checkEdns(request: Uint8Array, { edns }: Query): void {
  for (const { code, start, end } of edns?.options ?? []) {
    must(start <= end && end <= request.length, `must have options within the message: got ${start}–${end}`);
    must(u16(request, start - 4) === code && u16(request, start - 2) === end - start, "must read options as written");
  }
}

function checkTsig(request: Uint8Array, { tsigAt, fault }: Query): void {
  if (tsigAt === 0 || fault !== RCODE.NOERROR) return;
  const typeAt = nameEnd(request, tsigAt);
  must(typeAt > tsigAt && u16(request, typeAt) === TYPE.TSIG, "must point to a TSIG record");
  must(typeAt + 10 + u16(request, typeAt + 8) <= request.length, "must have the whole TSIG record");
}

function u16(octets: Uint8Array, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!;
}
