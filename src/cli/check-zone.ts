import type { Command } from "commander";
import { CommandError, EXIT, type Io, print, printJson } from "./io.ts";
import type { Parts } from "./parts.ts";
import { discoveryZone } from "./settings-flags.ts";

export function addCheckZone(program: Command, io: Io, parts: Parts): void {
  program
    .command("check-zone")
    .description("check master files as the server would read them")
    .argument("<path...>", "master files, or directories of *.zone files")
    .option("--zone <zone>", "the discovery zone, which needs no SOA of its own (MUSTER_ZONE; svc.internal)")
    .option("--json", "as JSON")
    .action(async (paths: string[], { zone, json }: { zone?: string; json?: true }) => {
      const discovery = discoveryZone(zone, io);
      const results = await Promise.all(paths.map((path) => parts.checkZones(path, discovery)));
      const zones = results.flatMap((result) => result.zones);
      const problems = results.flatMap((result) => result.problems);
      if (json) printJson(io, { zones, problems });
      else print(io, [...problems, ...zones.map(({ apex, records }) => `${apex} records ${records}`)].join("\n"));
      if (problems.length === 0) return;
      throw new CommandError(EXIT.failed, `Cannot load the zones as there must be no problem: got ${problems.length}`);
    });
}
