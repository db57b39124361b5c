import { availableParallelism, hostname as ownHostname } from "node:os";
import { join } from "node:path";
import { type Entry, readFileEntries, type SettingsFile } from "./settings-file.ts";
import { endpointText, isLoopback } from "./settings-kinds.ts";
import { assemble, type SettingKey, type Settings, type Value } from "./settings-shape.ts";
import { type Row, TABLE } from "./settings-table.ts";

export { type Endpoint, endpointText, parseEndpoint } from "./settings-kinds.ts";
export type { SettingKey, Settings } from "./settings-shape.ts";

/** Where the table is kept; nowhere when `dataDir` is ":memory:". */
export function databaseFile({ dataDir }: Settings): string {
  return join(dataDir, "muster.db");
}

export interface Sources {
  /** By key, as written; list items separated by commas. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: SettingsFile | undefined;
  /** Whether the log goes to a terminal. */
  readonly isTty: boolean;
  readonly cores?: number;
  readonly hostname?: string;
}

/** Where each value came from: `default`, `muster.toml:3:1`, `MUSTER_ZONE` or `--zone`. */
export type Origins = Readonly<Record<SettingKey, string>>;

/** Reads flags > environment > file > defaults. Checks every source, also what another one overrides; reports all at once. */
export function readSettings({
  flags,
  env,
  file,
  isTty,
  cores = availableParallelism(),
  hostname = ownHostname(),
}: Sources): { readonly settings: Settings; readonly origins: Origins } | { readonly problems: readonly string[] } {
  const written = file === undefined ? { entries: [], problems: [] } : readFileEntries(file, isSection);
  const entries = [...written.entries, ...environmentEntries(env), ...flagEntries(flags)];
  const problems = [...written.problems];
  const values = new Map<SettingKey, unknown>(
    SETTINGS.map(({ key }) => [key, TABLE[key].fallback({ isTty, cores, hostname })]),
  );
  const origins = Object.fromEntries(SETTINGS.map(({ key }) => [key, "default"])) as Record<SettingKey, string>;

  for (const { key, value, where } of entries) {
    if (!isKey(key)) {
      problems.push(`${where}: Cannot set ${key} as there is no such setting`);
      continue;
    }
    const row: Row<unknown> = TABLE[key];
    const checked = row.kind.check(value);
    if (checked === undefined) problems.push(`${where}: Cannot set ${key} as it ${row.kind.rule}${got(row, value)}`);
    else values.set(key, checked);
    origins[key] = where;
  }
  const settings = assemble(<K extends SettingKey>(key: K) => values.get(key) as Value<K>);
  const { listen, token } = settings.http;
  // A token that is there but faulty is one problem, not two.
  if (!isLoopback(listen.address) && token === undefined && origins["http.token"] === "default") {
    const why = "as it must be set where HTTP is not on a loopback address, or anybody could register";
    problems.push(`${origins["http.listen"]}: Cannot leave out http.token ${why}: got ${endpointText(listen)}`);
  }
  const { tls } = settings.dns;
  if (tls.listen.length > 0 && (tls.certificate === undefined || tls.key === undefined)) {
    const why = "as dns.tls.certificate and dns.tls.key must be set with it";
    problems.push(`${origins["dns.tls.listen"]}: Cannot set dns.tls.listen ${why}`);
  }
  return problems.length > 0 ? { problems } : { settings: freeze(settings), origins: freeze(origins) };
}

/** How a setting is called where it can be given; flag and variable follow from the key. */
export interface Setting {
  readonly key: SettingKey;
  /** `MUSTER_DNS_LISTEN` */
  readonly variable: string;
  /** `--dns-listen` */
  readonly flag: string;
  readonly help: string;
}

export const SETTINGS: readonly Setting[] = (Object.keys(TABLE) as SettingKey[]).map((key) => {
  const words = key.split(/\.|(?=[A-Z])/).map((word) => word.toLowerCase());
  return {
    key,
    variable: `MUSTER_${words.join("_").toUpperCase()}`,
    flag: `--${words.join("-")}`,
    help: TABLE[key].help,
  };
});

export function settingAt(key: SettingKey, settings: Settings): unknown {
  return key.split(".").reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], settings);
}

/** A value for people; of a secret only whether it is there. */
export function settingText(key: SettingKey, settings: Settings): string {
  const row: Row<unknown> = TABLE[key];
  const value = settingAt(key, settings);
  if (value === undefined) return "not set";
  if (row.isSecret) return Array.isArray(value) && value.length === 0 ? "not set" : "set";
  return (row.kind.text?.(value) ?? String(value)) || "none";
}

/** Variables that speak to the commands, not to the server. */
const CLIENT_VARIABLES = ["MUSTER_URL", "MUSTER_TOKEN", "MUSTER_CONFIG"];

/** An empty variable is one that is not set: compose files and shells cannot say it otherwise. */
function environmentEntries(env: Sources["env"]): Entry[] {
  const names = Object.keys(env).filter((name) => name.startsWith("MUSTER_") && !CLIENT_VARIABLES.includes(name));
  return names.flatMap((name) => {
    const text = env[name] ?? "";
    const key = SETTINGS.find(({ variable }) => variable === name)?.key;
    if (key === undefined) return { key: name, value: text, where: name };
    return text === "" ? [] : { key, value: TABLE[key].kind.fromText(text), where: name };
  });
}

function flagEntries(flags: Sources["flags"]): Entry[] {
  return SETTINGS.flatMap(({ key, flag }) => {
    const text = flags[key];
    return text === undefined ? [] : { key, value: TABLE[key].kind.fromText(text), where: flag };
  });
}

function isKey(key: string): key is SettingKey {
  return Object.hasOwn(TABLE, key);
}

function isSection(key: string): boolean {
  return SETTINGS.some((setting) => setting.key.startsWith(`${key}.`));
}

function got(row: Row<unknown>, value: unknown): string {
  if (row.isSecret) return "";
  return `: got ${typeof value === "number" ? value : JSON.stringify(value)}`;
}

function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) freeze(part);
  return Object.freeze(value);
}
