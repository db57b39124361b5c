import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { decodeMessage, encodeQuery, type Message } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import type { Random } from "../fuzz/random.ts";
import { lines } from "../support/ask.ts";
import { statesFrom } from "./history.ts";
import { describe, expected, type Question, questionName } from "./model.ts";
import type { Services } from "./writer.ts";

/** How the questions of all askers went. */
export interface Asked {
  /** From each question to its answer, since somebody last took them out. */
  tookMs: number[];
  answered: number;
  unanswered: number;
  /** Responses that no state of the table explains: the first few. */
  readonly wrong: string[];
}

const TYPES: readonly Question["type"][] = ["A", "SRV", "TXT", "AAAA"];
/** One more than is ever registered. */
const IDS = 9;
const UDP_OCTETS = 1232;
const ANSWER_TIMEOUT_MS = 2000;
const WRONG_MAX = 10;

/** Asks one question after the other through a socket of its own, until told to stop, and compares each answer with the model. */
export async function ask(port: number, services: Services, random: Random, stop: AbortSignal, asked: Asked) {
  const socket = createSocket("udp4");
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  for (let id = 0; !stop.aborted; id = (id + 1) & 0xffff) {
    const service = random.pick([...services.keys()]);
    const question = { id: random.oneIn(2) ? undefined : `i-${random.below(IDS)}`, type: random.pick(TYPES) };
    const from = services.get(service)!.acknowledged;
    const askedMs = performance.now();
    const response = await exchange(socket, id, questionName(service, question), question.type);
    if (response === undefined) {
      asked.unanswered++;
      continue;
    }
    asked.answered++;
    asked.tookMs.push(performance.now() - askedMs);
    const got = described(response);
    const possible = new Set([...statesFrom(from)].map((state) => expected(service, question, state)));
    if (!possible.has(got) && asked.wrong.length < WRONG_MAX) {
      const all = [...possible].join("\n  or\n");
      asked.wrong.push(`${questionName(service, question)} ${question.type} must be answered\n${all}\n  got\n${got}`);
    }
  }
  socket.close();
}

/** Undefined when there is no answer in time. */
function exchange(socket: Socket, id: number, name: string, type: Question["type"]): Promise<Message | undefined> {
  return new Promise((resolve) => {
    const done = (message: Message | undefined) => {
      clearTimeout(timer);
      socket.off("message", receive);
      resolve(message);
    };
    const receive = (octets: Buffer) => {
      const message = decodeMessage(octets);
      // What comes for an earlier question, given up, is nobody's any more.
      if (message === undefined || message.id === id) done(message);
    };
    const timer = setTimeout(done, ANSWER_TIMEOUT_MS, undefined);
    socket.on("message", receive);
    socket.send(encodeQuery({ id, name: parseName(name), type: TYPE[type], edns: { udpOctets: UDP_OCTETS } }));
  });
}

/** As the model describes it. Of the authority section only that it holds one SOA exactly where nothing is answered. */
function described(message: Message): string {
  const [head = "", ...records] = lines(message);
  const hasSoa = message.authority.length === 1 && message.authority[0]!.type === TYPE.SOA;
  const isFitting = message.answer.length === 0 ? hasSoa : message.authority.length === 0;
  if (!isFitting) return lines(message).join("\n");
  const [rcode = "", flags] = head.split(/ (.*)/);
  const told = describe(
    rcode,
    records.filter((record) => !record.startsWith("au ")),
  );
  return flags === "aa" ? told : `${flags}: ${told}`;
}
