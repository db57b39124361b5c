import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import { type Origins, readSettings, SETTINGS, type SettingKey, type Settings, settingText } from "../settings.ts";
import { CommandError, EXIT, type Io } from "./io.ts";

/** One flag per setting; a flag given twice is a list, as with commas. */
const FLAGS = SETTINGS.map(({ key, flag, variable, help }) => ({
  key,
  option: new Option(`${flag} <value>`, `${help} (${variable}; ${defaultText(key)})`).argParser(
    (value, before?: string) => (before === undefined ? value : `${before},${value}`),
  ),
}));

function defaultText(key: SettingKey): string {
  const result = readSettings({ flags: {}, env: {}, isTty: false });
  return "problems" in result ? "" : settingText(key, result.settings);
}

export function addSettingsFlags(command: Command): Command {
  command.option("--config <file>", "settings file in TOML (MUSTER_CONFIG)");
  for (const { option } of FLAGS) command.addOption(option);
  return command;
}

/** Reads the settings of a command with these flags, its file now. Throws CommandError with every problem. */
export function settingsOf(command: Command, io: Io): { readonly settings: Settings; readonly origins: Origins } {
  const options = command.opts<Record<string, string>>();
  const flags: Partial<Record<SettingKey, string>> = {};
  for (const { key, option } of FLAGS) {
    const value = options[option.attributeName()];
    if (value !== undefined) flags[key] = value;
  }
  const path = options["config"] ?? (io.env["MUSTER_CONFIG"] || undefined);
  const file = path === undefined ? undefined : { path, text: readConfig(path) };
  const result = readSettings({ flags, env: io.env, file, isTty: io.stderr.isTTY === true });
  if ("problems" in result) throw new CommandError(EXIT.usage, result.problems.join("\n"));
  return result;
}

/** The discovery zone, for a command that needs no other setting. Throws CommandError. */
export function discoveryZone(flag: string | undefined, io: Io): string {
  const flags = flag === undefined ? {} : { zone: flag };
  const result = readSettings({ flags, env: { MUSTER_ZONE: io.env["MUSTER_ZONE"] }, isTty: false });
  if ("problems" in result) throw new CommandError(EXIT.usage, result.problems.join("\n"));
  return result.settings.zone;
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(
      EXIT.usage,
      `Cannot read the settings file as it must be readable: ${(error as Error).message}`,
    );
  }
}
