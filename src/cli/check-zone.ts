import type { Command } from "commander";
import { CommandError, EXIT, type Io, print, printJson } from "./io.ts";
import type { Parts } from "./parts.ts";
import { discoveryZone } from "./settings-flags.ts";
import { tableText } from "./table.ts";

export function addCheckZone(program: Command, io: Io, parts: Parts): void {
  program
    .command("check-zone")
    .description("check master files, all together, as the server would read them")
    .argument("<path...>", "master files, or directories of *.zone files")
    .option("--zone <zone>", "the discovery zone, which needs no SOA of its own (MUSTER_ZONE; svc.internal)")
    .option("--json", "as JSON")
    .action(async (paths: string[], { zone, json }: { zone?: string; json?: true }) => {
      const { zones, problems } = await parts.checkZones(paths, discoveryZone(zone, io));
      if (json) printJson(io, { zones, problems });
      else if (problems.length > 0) print(io, problems.join("\n"));
      else
        print(
          io,
          tableText(zones.map(({ origin, serial, records }) => [origin, `serial ${serial}`, `records ${records}`])),
        );
      if (problems.length === 0) return;
      throw new CommandError(EXIT.failed, `Cannot load the zones as there must be no problem: got ${problems.length}`);
    });
}
