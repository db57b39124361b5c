import type { Command } from "commander";
import { SETTINGS, settingText } from "../settings.ts";
import { type Io, print, printJson } from "./io.ts";
import { addSettingsFlags, settingsOf } from "./settings-flags.ts";
import { tableText } from "./table.ts";

export function addSettings(program: Command, io: Io): void {
  const command = program
    .command("settings")
    .description("print what `muster serve` would run with, and where each value comes from")
    .option("--json", "as JSON");
  addSettingsFlags(command).action(() => {
    const { settings, origins } = settingsOf(command, io);
    const rows = SETTINGS.map(({ key }) => ({ key, value: settingText(key, settings), origin: origins[key] }));
    if (command.opts<{ json?: true }>().json) printJson(io, rows);
    else print(io, tableText(rows.map(({ key, value, origin }) => [key, value, origin])));
  });
}
