import type { Command } from "commander";
import { apiPath, callApi, withQuery } from "./api-client.ts";
import { type Io, print, printJson } from "./io.ts";
import { addSelectorFlags, type SelectorFlags, selectorQuery } from "./selector-flags.ts";
import { tableText } from "./table.ts";

interface ListFlags extends SelectorFlags {
  readonly prefix?: string;
  readonly json?: true;
}

const STATES = ["passing", "warning", "critical", "draining", "maintenance"] as const;

interface ServiceList {
  readonly services: readonly {
    readonly name: string;
    readonly states: Readonly<Record<string, number>>;
    readonly held?: number;
    readonly answered: string;
    readonly answeredInstances: number;
  }[];
  /** There are more: what to pass as `after`. */
  readonly next?: string;
}

interface Service {
  /** By which rule DNS answers its instances. */
  readonly answered: string;
  readonly instances: readonly {
    readonly id: string;
    readonly state: string;
    readonly isHeld?: boolean;
    readonly reason: string;
    readonly addresses: readonly string[];
    readonly host?: string;
    readonly ports: Readonly<Record<string, { readonly port: number }>>;
  }[];
}

export function addServices(program: Command, io: Io): void {
  const command = program
    .command("services")
    .description("list the services with their instances by state, or one service's instances with their reasons")
    .argument("[service]");
  addSelectorFlags(command)
    .option("--prefix <text>", "only services whose name begins so")
    .option("--json", "as JSON")
    .action((service: string | undefined, flags: ListFlags) =>
      service === undefined ? list(io, flags) : show(io, service, flags),
    );
}

async function list(io: Io, { prefix, json, ...selector }: ListFlags): Promise<void> {
  const services: ServiceList["services"][number][] = [];
  const query = new URLSearchParams({ ...selectorQuery(selector), ...(prefix !== undefined && { prefix }) });
  for (let next: string | undefined = ""; next !== undefined; ) {
    const path = `/v1/services?${query}`;
    const page: ServiceList = await callApi(io, { method: "GET", path, doing: "list the services" });
    services.push(...page.services);
    next = page.next;
    query.set("after", next ?? "");
  }
  if (json) return printJson(io, services);
  const rows = services.map(({ name, states, held = 0, answeredInstances, answered }) => [
    name,
    ...[...STATES.map((state) => states[state] ?? 0), held, answeredInstances].map(String),
    answered,
  ]);
  const head = ["SERVICE", ...STATES.map((state) => state.toUpperCase()), "HELD", "ANSWERED", "RULE"];
  print(io, tableText([head, ...rows]));
}

async function show(io: Io, service: string, { json, ...selector }: ListFlags): Promise<void> {
  const path = withQuery(apiPath`/v1/services/${service}`, selectorQuery(selector));
  const answer = await callApi<Service>(io, { method: "GET", path, doing: `read service "${service}"` });
  if (json) return printJson(io, answer);
  const rows = answer.instances.map(({ id, state, isHeld, reason, addresses, host, ports }) => [
    id,
    host ?? addresses.join(","),
    Object.entries(ports)
      .map(([name, { port }]) => `${name}=${port}`)
      .join(","),
    isHeld ? `${state}, held` : state,
    reason,
  ]);
  print(io, tableText([["INSTANCE", "ADDRESS", "PORTS", "STATE", "REASON"], ...rows]));
  print(io, `answered: ${answer.answered}`);
}
