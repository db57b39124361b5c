import type { Command } from "commander";
import { callApi, withQuery } from "./api-client.ts";
import { type Io, print, printJson } from "./io.ts";
import { withProgress } from "./progress.ts";
import { addSelectorFlags, type Chosen, choose, type SelectorFlags } from "./selector-flags.ts";
import { type Tried, triedText } from "./tried.ts";

interface DrainFlags extends SelectorFlags {
  readonly dryRun?: true;
  readonly force?: true;
  readonly json?: true;
}

export function addDrain(program: Command, io: Io): void {
  const command = program
    .command("drain")
    .description("out of DNS, wait until no resolver can still hold them, and deregister")
    .argument("<service>")
    .argument("[id]", "one instance; else those that are selected, or all");
  addSelectorFlags(command)
    .option("--dry-run", "only tell what it would do")
    .option("--force", "even if no instance is left to answer; of one that is named nobody asks")
    .option("--json", "as JSON")
    .action((service: string, id: string | undefined, flags: DrainFlags) => drain(io, { service, id }, flags));
}

async function drain(io: Io, chosen: Chosen, flags: DrainFlags): Promise<void> {
  const { path, text, query } = choose(chosen, flags);
  const { dryRun, force, json } = flags;
  const parameters = {
    ...query,
    ...(force && chosen.id === undefined && { force: "true" }),
    ...(dryRun ? { dryRun: "true" } : { drain: "true" }),
  };
  const call = callApi<Tried>(io, {
    method: "DELETE",
    path: withQuery(chosen.id === undefined ? `${path}/instances` : path, parameters),
    doing: `drain ${text}`,
  });
  const answer = dryRun ? await call : await withProgress(io, `draining ${text}`, call);
  if (json) printJson(io, answer);
  else print(io, answer.dryRun ? triedText(answer) : `${text} drained and deregistered at revision ${answer.revision}`);
}
