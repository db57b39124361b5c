import { randomInt } from "node:crypto";
import type { CheckOf } from "../catalog/check.ts";
import { rdataOf } from "../catalog/check-answer.ts";
import { decodeMessage, encodeQuery, type Message } from "../dns/message.ts";
import { parseName } from "../dns/name.ts";
import { rcodeText } from "../dns/rcode-names.ts";
import { foldRdata, rdataText } from "../dns/rdata.ts";
import { typeNumber } from "../dns/type-names.ts";
import { exchange } from "./datagrams.ts";
import { endpointProbe, type Finding } from "./probe.ts";

/**
 * Passing when the answer to a recursive query has the expected rcode and, if one is expected, the record. Asks over our own
 * connected socket: dns2's client hears no refusal, cannot be called off, and knows only some types.
 */
export const probeDns = endpointProbe<CheckOf<"dns">>(async (at, check, signal) => {
  const name = parseName(check.name);
  const type = typeNumber(check.type ?? "A")!;
  const id = randomInt(0x1_0000);
  const query = encodeQuery({ id, name, type, recursionDesired: true });
  for await (const datagram of exchange(at, query, signal)) {
    const message = decodeMessage(datagram);
    if (message?.id === id && message.flags.has("qr")) return judge(message, type, check);
  }
  throw new Error("no answer");
});

function judge(message: Message, type: number, { expectRcode = "NOERROR", expectAnswer }: CheckOf<"dns">): Finding {
  const rcode = rcodeText(message.rcode);
  const rdatas = message.answer.filter((record) => record.type === type).map(({ rdata }) => rdata);
  const found = rdatas.length === 0 ? "no such record" : rdatas.map((rdata) => rdataText(type, rdata)).join(", ");
  const output = `${rcode}: ${found}${message.flags.has("tc") ? ", truncated" : ""}`;
  if (rcode !== expectRcode) return { kind: "failing", output: `${output}; expected ${expectRcode}` };
  if (expectAnswer === undefined) return { kind: "passing", output };
  const wanted = rdataOf(type, expectAnswer);
  if (rdatas.some((rdata) => foldRdata(type, rdata) === wanted)) return { kind: "passing", output };
  return { kind: "failing", output: `${output}; expected ${expectAnswer}` };
}
