import type { Command } from "commander";
import { callApi, withQuery } from "./api-client.ts";
import { type Io, print, printJson } from "./io.ts";
import { toPeriod } from "./option-values.ts";
import { withProgress } from "./progress.ts";
import { addSelectorFlags, type Chosen, choose, type SelectorFlags } from "./selector-flags.ts";
import { type Tried, triedText } from "./tried.ts";

interface EndFlags extends SelectorFlags {
  readonly dryRun?: true;
  readonly json?: true;
}

interface BeginFlags extends EndFlags {
  readonly reason?: string;
  readonly author?: string;
  readonly for?: number;
  readonly force?: true;
  readonly drain?: true;
}

export function addMaintenance(program: Command, io: Io): void {
  const maintenance = program
    .command("maintenance")
    .description("take instances out of the answers, and put them back");
  const add = (name: string, description: string) =>
    addSelectorFlags(
      maintenance
        .command(name)
        .description(description)
        .argument("<service>")
        .argument("[id]", "one instance; else those that are selected, or all"),
    )
      .option("--dry-run", "only tell what it would do")
      .option("--json", "as JSON");

  add("begin", "take an instance out, or those of a service that are selected")
    .option("--reason <text>", "why, for people")
    .option("--author <name>", "who says so")
    .option("--for <seconds>", "ends by itself after this time", toPeriod)
    .option("--force", "even if no instance is left to answer")
    .option("--drain", "wait until no resolver can still hold them")
    .action((service: string, id: string | undefined, flags: BeginFlags) => begin(io, { service, id }, flags));
  add("end", "put them back").action((service: string, id: string | undefined, flags: EndFlags) =>
    end(io, { service, id }, flags),
  );
}

async function begin(io: Io, chosen: Chosen, flags: BeginFlags): Promise<void> {
  const { path, text, query } = choose(chosen, flags);
  const { reason, author, for: untilSeconds, force, drain, dryRun } = flags;
  const parameters = {
    ...query,
    ...(force && { force: "true" }),
    ...(dryRun ? { dryRun: "true" } : drain && { drain: "true" }),
  };
  const call = callApi<Tried>(io, {
    method: "PUT",
    path: withQuery(`${path}/maintenance`, parameters),
    body: { reason, author, untilSeconds },
    doing: `put ${text} into maintenance`,
  });
  const answer = drain && !dryRun ? await withProgress(io, `draining ${text}`, call) : await call;
  if (flags.json) printJson(io, answer);
  else print(io, answer.dryRun ? triedText(answer) : `${text} in maintenance at revision ${answer.revision}`);
}

async function end(io: Io, chosen: Chosen, flags: EndFlags): Promise<void> {
  const { path, text, query } = choose(chosen, flags);
  const parameters = { ...query, ...(flags.dryRun && { dryRun: "true" }) };
  const answer = await callApi<Tried>(io, {
    method: "DELETE",
    path: withQuery(`${path}/maintenance`, parameters),
    doing: `end the maintenance of ${text}`,
  });
  if (flags.json) printJson(io, answer);
  else print(io, answer.dryRun ? triedText(answer) : `${text} out of maintenance at revision ${answer.revision}`);
}
