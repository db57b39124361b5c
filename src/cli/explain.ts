import type { Command } from "commander";
import { callApi } from "./api-client.ts";
import { type Io, print, printJson } from "./io.ts";
import type { RecordText } from "./question.ts";
import { tableText } from "./table.ts";

interface Explanation {
  readonly question: { readonly name: string; readonly type: string; readonly client: string };
  readonly what: string;
  readonly place?: { readonly zone: string; readonly serial: number };
  readonly answer: {
    readonly rcode: string;
    readonly extendedError?: { readonly text: string };
    readonly answer: readonly RecordText[];
  };
  readonly group?: {
    readonly rule: string;
    readonly answered: number;
    readonly registered: number;
    readonly quorum: number;
    readonly failurePolicy: string;
    readonly standIn?: string;
    readonly brakes?: readonly { readonly service: string; readonly reason: string; readonly untilMs: number }[];
    readonly selection: string;
    readonly maxAnswers: number;
  };
  readonly ttl: { readonly seconds?: number; readonly from?: string; readonly answered?: number };
  readonly leader?: { readonly id: string; readonly token: number };
  readonly instances: readonly {
    readonly service: string;
    readonly id: string;
    readonly state: string;
    readonly isAnswered: boolean;
    readonly isInAnswer?: boolean;
    readonly why: string;
  }[];
}

export function addExplain(program: Command, io: Io): void {
  program
    .command("explain")
    .description("tell why a name is answered as it is: the rule, each instance in or out, where the TTL comes from")
    .argument("<name>", "domain name; without a dot a service of the discovery zone")
    .argument("[type]", "RR type", "SRV")
    .option("--client <address>", "as to a client at this address")
    .option("--json", "as JSON")
    .action((name: string, type: string, flags: { client?: string; json?: true }) => explain(io, name, type, flags));
}

async function explain(
  io: Io,
  name: string,
  type: string,
  { client, json }: { readonly client?: string; readonly json?: true },
): Promise<void> {
  const query = new URLSearchParams({ name, type, ...(client !== undefined && { client }) });
  const call = { method: "GET", path: `/v1/explain?${query}`, doing: `explain ${name} ${type}` } as const;
  const explanation = await callApi<Explanation>(io, call);
  if (json) return printJson(io, explanation);
  print(io, tableText(factsOf(explanation)));
  print(
    io,
    explanation.answer.answer.map((each) => `${each.name} ${each.ttl} IN ${each.type} ${each.rdata}`).join("\n"),
  );
  if (explanation.instances.length > 0) print(io, tableText([INSTANCE_HEAD, ...instanceRows(explanation)]));
}

function factsOf({ question, what, place, answer, group, ttl, leader }: Explanation): string[][] {
  const facts: [string, string | undefined][] = [
    ["question", `${question.name} ${question.type} from ${question.client}`],
    ["name", what],
    ["zone", place && `${place.zone} at serial ${place.serial}`],
    // An Extended DNS Error may have no text (RFC 8914 §2).
    ["answer", answer.rcode + (answer.extendedError?.text ? `: ${answer.extendedError.text}` : "")],
    ["rule", group && `${group.rule}: ${group.answered} of ${group.registered} answered, ${group.quorum} must be up`],
    ["failure policy", group?.failurePolicy],
    ["failover", group?.standIn],
    ...(group?.brakes ?? []).map(({ service, reason, untilMs }): [string, string] => [
      "brake",
      `${service} until ${new Date(untilMs).toISOString()}: ${reason}`,
    ]),
    ["selection", group && `${group.selection}, ${group.maxAnswers} records at most`],
    ["leader", leader && `${leader.id} with token ${leader.token}`],
    ["TTL", ttlText(ttl)],
  ];
  return facts.flatMap(([fact, text]) => (text === undefined ? [] : [[fact, text]]));
}

function ttlText({ seconds, from, answered }: Explanation["ttl"]): string | undefined {
  const set = seconds === undefined ? [] : [`${seconds} s from ${from}`];
  const given = answered === undefined || answered === seconds ? [] : [`answered ${answered} s`];
  return set.length + given.length === 0 ? undefined : [...set, ...given].join(", ");
}

const INSTANCE_HEAD = ["INSTANCE", "STATE", "ANSWERED", "HERE", "WHY"];

function instanceRows({ instances }: Explanation): string[][] {
  const word = (is: boolean | undefined) => (is === undefined ? "-" : is ? "yes" : "no");
  return instances.map(({ service, id, state, isAnswered, isInAnswer, why }) => [
    `${service}/${id}`,
    state,
    word(isAnswered),
    word(isInAnswer),
    why,
  ]);
}
