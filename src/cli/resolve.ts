import type { Command } from "commander";
import { rcodeText } from "../dns/rcode-names.ts";
import { type Endpoint, parseEndpoint } from "../settings.ts";
import { askServer } from "./dns-client.ts";
import { CommandError, EXIT, type Io, print, printJson } from "./io.ts";
import { questionOf, type RecordText, requireAnswers } from "./question.ts";
import { recordText } from "./record-text.ts";
import { discoveryZone } from "./settings-flags.ts";

const DEFAULT_SERVER = "127.0.0.1:5300";

interface ResolveOptions {
  readonly server: string;
  readonly zone?: string;
  readonly tcp?: true;
  readonly short?: true;
  readonly json?: true;
}

export function addResolve(program: Command, io: Io): void {
  program
    .command("resolve")
    .description("ask a running server over the network")
    .argument("<name>", "domain name; without a dot a service of the discovery zone")
    .argument("[type]", "RR type", "SRV")
    .option("--server <address:port>", "DNS server", DEFAULT_SERVER)
    .option("--zone <zone>", "discovery zone that completes a name without a dot (MUSTER_ZONE; svc.internal)")
    .option("--tcp", "over TCP from the start")
    .option("--short", "the RDATA only")
    .option("--json", "as JSON")
    .action((name: string, type: string, options: ResolveOptions) => resolve(io, name, type, options));
}

async function resolve(io: Io, name: string, type: string, options: ResolveOptions): Promise<void> {
  const question = questionOf(name, type, discoveryZone(options.zone, io));
  const response = await askServer(serverAt(options.server), question, options.tcp === true);
  const answers = response.answers.map(recordText);
  const rcode = rcodeText(response.header.rcode);
  if (options.json) printJson(io, { rcode, answers });
  else print(io, answers.map((answer) => (options.short ? answer.rdata : lineOf(answer))).join("\n"));
  requireAnswers(question, rcode, answers.length);
}

function serverAt(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint !== undefined) return endpoint;
  const rule = `must be an IP address and a port such as ${DEFAULT_SERVER}`;
  throw new CommandError(EXIT.usage, `Cannot ask a server as --server ${rule}: got "${text}"`);
}

function lineOf({ name, ttl, type, rdata }: RecordText): string {
  return `${name} ${ttl} IN ${type} ${rdata}`;
}
