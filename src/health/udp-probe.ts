import type { CheckOf } from "../catalog/check.ts";
import { firstLine } from "./cut.ts";
import { exchange } from "./datagrams.ts";
import { octetsOfPayload } from "./payload.ts";
import { endpointProbe } from "./probe.ts";

/** A refusal takes one round trip. Who has not refused by now, and need not answer, is well. */
const SILENCE_MS_MAX = 500;

/** Passing when the expected datagram comes back. Without an expectation silence is as good; a refusal never is. */
export const probeUdp = endpointProbe<CheckOf<"udp">>(async (at, { send, expect, timeoutSeconds }, signal) => {
  const silenceMs = Math.min(SILENCE_MS_MAX, timeoutSeconds * 500);
  const patience = expect === undefined ? AbortSignal.any([signal, AbortSignal.timeout(silenceMs)]) : signal;
  try {
    for await (const answer of exchange(at, octetsOfPayload(send), patience)) {
      if (expect === undefined || answer.includes(octetsOfPayload(expect)))
        return { kind: "passing", output: `answered: ${firstLine(answer.toString())}` };
    }
  } catch (error) {
    if (signal.aborted || !patience.aborted) throw error;
  }
  return { kind: "passing", output: `neither answered nor refused within ${silenceMs} ms` };
});
