import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { apiPath, callApi } from "./api-client.ts";
import { addInstanceFlags, defaultId, type InstanceBody, type InstanceFlags, instanceOf } from "./instance-flags.ts";
import { CommandError, EXIT, type Io, print, printJson, say } from "./io.ts";

interface RegisterOptions extends InstanceFlags {
  readonly id?: string;
  readonly file?: string;
  readonly json?: true;
}

export function addRegister(program: Command, io: Io): void {
  const command = program
    .command("register")
    .description("register an instance of a service, or replace it")
    .argument("<service>", "service, one DNS label")
    .option("--id <id>", "instance, one DNS label; after its address, or this host, and port when not given")
    .option("--file <file>", "the instance as JSON, as the API takes it; flags win")
    .option("--json", "as JSON");
  addInstanceFlags(command).action((service: string, options: RegisterOptions) => register(io, service, options));
}

async function register(io: Io, service: string, options: RegisterOptions): Promise<void> {
  const body = instanceOf(options, options.file === undefined ? {} : await readInstance(options.file));
  const id = options.id ?? nameIt(io, body);
  const path = apiPath`/v1/services/${service}/instances/${id}`;
  const doing = `register instance "${id}" of "${service}"`;
  const { revision } = await callApi<{ revision: number }>(io, { method: "PUT", path, body, doing });
  if (options.json) printJson(io, { service, id, revision });
  else print(io, `${service}/${id} registered at revision ${revision}`);
}

function nameIt(io: Io, body: InstanceBody): string {
  const { id, after } = defaultId(body, io.hostname);
  say(io, `Without --id the instance is called ${id}, after ${after}`);
  return id;
}

async function readInstance(path: string): Promise<object> {
  try {
    const instance: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof instance === "object" && instance !== null && !Array.isArray(instance)) return instance;
    throw new Error("it is another JSON value");
  } catch (error) {
    const reason = (error as Error).message;
    throw new CommandError(EXIT.usage, `Cannot register from ${path} as it must be a readable JSON object: ${reason}`);
  }
}
