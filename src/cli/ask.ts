import type { Command } from "commander";
import { decodeMessage, encodeQuery, type Message, type MessageRecord } from "../dns/message.ts";
import { messageText } from "../dns/message-text.ts";
import { nameText } from "../dns/name.ts";
import { MESSAGE_OCTETS_MAX } from "../dns/numbers.ts";
import { rcodeText } from "../dns/rcode-names.ts";
import { rdataText } from "../dns/rdata.ts";
import { typeText } from "../dns/type-names.ts";
import { CommandError, EXIT, type Io, print, printJson } from "./io.ts";
import type { AskedResponder, Parts } from "./parts.ts";
import { questionOf, type RecordText, requireAnswers } from "./question.ts";
import { addSettingsFlags, settingsOf } from "./settings-flags.ts";

/** `muster ask`: the server's own responder, called in this process, no socket between. */
export function addAsk(program: Command, io: Io, parts: Parts): void {
  const command = program
    .command("ask")
    .description("answer one question from the zones and the data directory, without a socket")
    .argument("<name>", "domain name; without a dot a service of the discovery zone")
    .argument("[type]", "RR type", "SRV")
    .option("--json", "as JSON");
  addSettingsFlags(command).action((name: string, type: string) => ask(command, io, parts, name, type));
}

async function ask(command: Command, io: Io, parts: Parts, name: string, type: string): Promise<void> {
  const { settings } = settingsOf(command, io);
  const question = questionOf(name, type, settings.zone);
  // With EDNS, so that the reason of an empty answer is in it.
  const query = encodeQuery({ id: 0, ...question, edns: { udpOctets: MESSAGE_OCTETS_MAX } });
  const { responder, close } = await parts.openResponder(settings);
  const messages: Message[] = [];
  for await (const octets of answersTo(query, responder)) {
    const message = decodeMessage(octets);
    if (message !== undefined) messages.push(message);
  }
  await close();

  const [first] = messages;
  if (first === undefined) throw new CommandError(EXIT.failed, `No answer to ${nameText(question.name)}: silence`);
  const rcode = rcodeText(first.rcode);
  const answers = messages.flatMap(({ answer }) => answer);
  if (command.opts<{ json?: true }>().json) printJson(io, { rcode, answers: answers.map(recordText) });
  else print(io, messages.map(messageText).join("\n").trimEnd());
  requireAnswers(question, rcode, answers.length);
}

/** The messages of an answer, as over TCP: whole, however large; a zone transfer has several. */
async function* answersTo(query: Uint8Array, responder: AskedResponder): AsyncGenerator<Uint8Array> {
  const client = { address: "127.0.0.1", port: 0, protocol: "tcp" } as const;
  const out = new Uint8Array(MESSAGE_OCTETS_MAX);
  const length = responder.respond(query, client, out);
  if (length >= 0) yield out.subarray(0, length);
  else yield* responder.respondLater(query, client);
}

function recordText({ owner, ttl, type, rdata }: MessageRecord): RecordText {
  return { name: nameText(owner), ttl, type: typeText(type), rdata: rdataText(type, rdata) };
}
