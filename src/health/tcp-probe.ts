import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { CheckOf, Payload } from "../catalog/check.ts";
import { firstLine } from "./cut.ts";
import { octetsOfPayload } from "./payload.ts";
import { endpointProbe, type Finding } from "./probe.ts";

/** How much of an answer is searched for what is expected. */
const ANSWER_OCTETS_MAX = 65_536;

/** Passing when the port takes a connection and, if the check expects something, when that comes back through it. */
export const probeTcp = endpointProbe<CheckOf<"tcp">>(async ({ host, port }, { send, expect }, signal) => {
  const socket = connect({ host, port, signal });
  // Heard by whoever awaits the socket below, and of no interest once nobody does.
  socket.on("error", () => {});
  try {
    await once(socket, "connect");
    if (send !== undefined) await sent(socket, send);
    return expect === undefined ? { kind: "passing", output: "connected" } : await find(socket, expect);
  } finally {
    socket.destroy();
  }
});

function sent(socket: Socket, payload: Payload): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(octetsOfPayload(payload), (error) => (error ? reject(error) : resolve()));
  });
}

async function find(socket: Socket, expect: Payload): Promise<Finding> {
  const wanted = octetsOfPayload(expect);
  let answer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    answer = Buffer.concat([answer, chunk]);
    if (answer.includes(wanted)) return { kind: "passing", output: `answered: ${firstLine(answer.toString())}` };
    if (answer.length >= ANSWER_OCTETS_MAX) break;
  }
  if (answer.length === 0) return { kind: "failing", output: "connection closed before an answer" };
  return { kind: "failing", output: `not the expected answer: ${firstLine(answer.toString())}` };
}
