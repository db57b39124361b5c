import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import {
  type Origins,
  readSettings,
  SETTINGS,
  type SettingKey,
  type Settings,
  type Sources,
  settingText,
} from "../settings.ts";
import { CommandError, EXIT, type Io } from "./io.ts";

interface SettingsRead {
  readonly settings: Settings;
  readonly origins: Origins;
}

const DEFAULTS = readOrThrow({ flags: {}, env: {}, isTty: false }).settings;

/** One flag per setting; given twice it is a list, as with commas. */
const FLAGS = SETTINGS.map(({ key, flag, variable, help }) => ({
  key,
  option: new Option(`${flag} <value>`, `${help} (${variable}; ${settingText(key, DEFAULTS)})`).argParser(
    (value, before?: string) => (before === undefined ? value : `${before},${value}`),
  ),
}));

export function addSettingsFlags(command: Command): Command {
  command.option("--config <file>", "settings file in TOML (MUSTER_CONFIG)");
  for (const { option } of FLAGS) command.addOption(option);
  return command;
}

/** Reads the settings of a command with these flags, its file now. Throws CommandError with every problem. */
export function settingsOf(command: Command, io: Io): SettingsRead {
  const options = command.opts<Record<string, string>>();
  const flags: Partial<Record<SettingKey, string>> = {};
  for (const { key, option } of FLAGS) {
    const value = options[option.attributeName()];
    if (value !== undefined) flags[key] = value;
  }
  const path = options["config"] ?? (io.env["MUSTER_CONFIG"] || undefined);
  const file = path === undefined ? undefined : { path, text: readConfig(path) };
  return readOrThrow({ flags, env: io.env, file, isTty: io.stderr.isTTY === true });
}

/** The discovery zone, for a command that needs no other setting. Throws CommandError. */
export function discoveryZone(flag: string | undefined, io: Io): string {
  const flags = flag === undefined ? {} : { zone: flag };
  return readOrThrow({ flags, env: { MUSTER_ZONE: io.env["MUSTER_ZONE"] }, isTty: false }).settings.zone;
}

function readOrThrow(sources: Sources): SettingsRead {
  const result = readSettings(sources);
  if ("problems" in result) throw new CommandError(EXIT.usage, result.problems.join("\n"));
  return result;
}

function readConfig(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as Error).message;
    throw new CommandError(EXIT.usage, `Cannot read the settings file as it must be readable: ${reason}`);
  }
}
