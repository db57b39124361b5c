import { type Command, Option } from "commander";
import { apiPath, callApi } from "./api-client.ts";
import { CommandError, EXIT, type Io, print, printJson } from "./io.ts";
import { collectPairs, toNumber } from "./option-values.ts";
import { tableText } from "./table.ts";

interface LayerFlags {
  readonly service?: string;
  readonly tag?: string;
  readonly instance?: string;
  readonly json?: true;
}

interface SetFlags extends LayerFlags {
  readonly typed?: true;
  readonly secret?: true;
}

type Values = Readonly<Record<string, unknown>>;

interface ConfigHistory {
  readonly releases: readonly { readonly revision: number; readonly atMs: number; readonly values: Values }[];
}

export function addConfig(program: Command, io: Io): void {
  const config = program.command("config").description("dynamic configuration: read it, publish it, undo it");
  const add = (name: string, description: string) => addLayerFlags(config.command(name).description(description));

  add("get", "print the effective keys of a layer, or the value of one")
    .argument("[key]")
    .option("--own", "only what this layer itself says")
    .action((key: string | undefined, flags: LayerFlags & { own?: true }) => get(io, key, flags));
  add("set", "merge keys into a layer, all in one release")
    .argument("<key=value...>", "values are text", collectPairs)
    .option("--typed", 'values are JSON: numbers, true, false, "text"')
    .option("--secret", "keep these keys out of DNS, logs and exports")
    .action((pairs: Readonly<Record<string, string>>, flags: SetFlags) => merge(io, flags, keysOf(pairs, flags)));
  add("unset", "remove keys of a layer, all in one release")
    .argument("<key...>")
    .action((keys: string[], flags: LayerFlags) =>
      merge(io, flags, Object.fromEntries(keys.map((key) => [key, null]))),
    );
  add("history", "the releases of a layer").action((flags: LayerFlags) => history(io, flags));
  add("rollback", "publish an earlier release of a layer again")
    .addOption(new Option("--to <revision>", "of the release in the history").argParser(toNumber).makeOptionMandatory())
    .action((flags: LayerFlags & { to: number }) => rollback(io, flags));
}

function addLayerFlags(command: Command): Command {
  return command
    .option("--service <service>", "the layer of a service instead of the one of all services")
    .option("--tag <tag>", "within the service: of the instances with this tag")
    .option("--instance <id>", "within the service: of one instance")
    .option("--json", "as JSON");
}

async function get(io: Io, key: string | undefined, flags: LayerFlags & { own?: true }): Promise<void> {
  const { path, layer } = layerOf(flags);
  const answer = await callApi<{ own: Values; effective: Values }>(io, { method: "GET", path, doing: `read ${layer}` });
  const values = flags.own ? answer.own : answer.effective;
  if (key !== undefined && !Object.hasOwn(values, key))
    throw new CommandError(EXIT.failed, `Cannot read ${key} as ${layer} has no such key`);
  if (flags.json) return printJson(io, key === undefined ? values : values[key]);
  if (key !== undefined) return print(io, valueText(values[key]));
  const lines = Object.entries(values).map(([name, value]) => `${name}=${valueText(value)}`);
  print(io, lines.join("\n"));
}

async function merge(io: Io, flags: LayerFlags, body: Values): Promise<void> {
  const { path, layer } = layerOf(flags);
  const answer = await callApi<{ revision: number }>(io, { method: "PATCH", path, body, doing: `publish ${layer}` });
  published(io, flags, layer, answer);
}

async function history(io: Io, flags: LayerFlags): Promise<void> {
  const { path, layer } = layerOf(flags);
  const call = { method: "GET", path: `${path}/history`, doing: `read the history of ${layer}` } as const;
  const answer = await callApi<ConfigHistory>(io, call);
  if (flags.json) return printJson(io, answer);
  const rows = answer.releases.map(({ revision, atMs, values }) => [
    String(revision),
    new Date(atMs).toISOString(),
    JSON.stringify(values),
  ]);
  print(io, tableText([["REVISION", "AT", "VALUES"], ...rows]));
}

async function rollback(io: Io, flags: LayerFlags & { to: number }): Promise<void> {
  const { path, layer } = layerOf(flags);
  const body = { to: flags.to };
  const call = { method: "POST", path: `${path}/rollback`, body, doing: `roll ${layer} back` } as const;
  published(io, flags, layer, await callApi<{ revision: number }>(io, call));
}

function published(io: Io, flags: LayerFlags, layer: string, answer: { readonly revision: number }): void {
  if (flags.json) printJson(io, answer);
  else print(io, `${layer} published at revision ${answer.revision}`);
}

/** The API's path of the layer, and what to call it. */
function layerOf({ service, tag, instance }: LayerFlags): { readonly path: string; readonly layer: string } {
  if (tag !== undefined && instance !== undefined) throw usage("--tag and --instance name two layers");
  if (service === undefined) {
    if (tag !== undefined || instance !== undefined) throw usage("--tag and --instance need --service");
    return { path: "/v1/config", layer: "the configuration of all services" };
  }
  if (tag !== undefined)
    return {
      path: apiPath`/v1/services/${service}/tags/${tag}/config`,
      layer: `the configuration of ${tag}.${service}`,
    };
  if (instance !== undefined)
    return {
      path: apiPath`/v1/services/${service}/instances/${instance}/config`,
      layer: `the configuration of ${service}/${instance}`,
    };
  return { path: apiPath`/v1/services/${service}/config`, layer: `the configuration of ${service}` };
}

function usage(rule: string): CommandError {
  return new CommandError(EXIT.usage, `Cannot choose a layer as ${rule}`);
}

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The body that sets these keys. */
function keysOf(pairs: Readonly<Record<string, string>>, { typed, secret }: SetFlags): Values {
  const entries = Object.entries(pairs).map(([key, text]) => {
    const value = typed ? jsonOf(key, text) : text;
    return [key, secret ? { value, secret } : value];
  });
  return Object.fromEntries(entries);
}

function jsonOf(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(EXIT.usage, `Cannot set ${key} as it must be JSON with --typed: got ${text}`);
  }
}
