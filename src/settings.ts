import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Entry, readFileEntries, type SettingsFile } from "./settings-file.ts";
import { type Endpoint, endpointText, isLoopback } from "./settings-kinds.ts";
import { type Row, TABLE } from "./settings-table.ts";

export { type Endpoint, endpointText, parseEndpoint } from "./settings-kinds.ts";

/** The server's settings: flags > environment > file > defaults, checked whole, frozen. */
export interface Settings {
  readonly dns: {
    readonly listen: readonly Endpoint[];
    /** Accepted and checked; the batched workers arrive with the UDP data plane. 0 = dgram in the main thread. */
    readonly workers: number;
    /** Records of one generated RRset in one answer at most (DNS.md §2.10). */
    readonly maxAnswers: number;
    /** Publish `_status` and `_why` names. */
    readonly diagnostics: boolean;
  };
  readonly http: {
    readonly listen: Endpoint;
    readonly token: string | undefined;
  };
  /** Directory of muster.db, or ":memory:". */
  readonly dataDir: string;
  /** The discovery zone, presentation form without the final dot, lower case. */
  readonly zone: string;
  readonly zonesDir: string;
  readonly ttlSeconds: number;
  readonly negativeTtlSeconds: number;
  readonly publishIntervalMs: number;
  readonly lameDuckSeconds: number;
  readonly log: { readonly level: string; readonly format: "json" | "pretty" };
}

/** Where the table is kept; nowhere when `dataDir` is ":memory:". */
export function databaseFile({ dataDir }: Settings): string {
  return join(dataDir, "muster.db");
}

export type SettingKey = keyof typeof TABLE;

export interface Sources {
  /** By key, as written; list items separated by commas. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: SettingsFile | undefined;
  /** Whether the log goes to a terminal. */
  readonly isTty: boolean;
  readonly cores?: number;
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
}: Sources): { readonly settings: Settings; readonly origins: Origins } | { readonly problems: readonly string[] } {
  const written = file === undefined ? { entries: [], problems: [] } : readFileEntries(file, isSection);
  const entries = [...written.entries, ...environmentEntries(env), ...flagEntries(flags)];
  const problems = [...written.problems];
  const values = new Map<SettingKey, unknown>(SETTINGS.map(({ key }) => [key, TABLE[key].fallback({ isTty, cores })]));
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

/** A value for people; of a secret only whether it is there. */
export function settingText(key: SettingKey, settings: Settings): string {
  const row: Row<unknown> = TABLE[key];
  const value = key.split(".").reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], settings);
  if (value === undefined) return "not set";
  return row.isSecret ? "set" : valueText(value);
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(",");
  return typeof value === "object" ? endpointText(value as Endpoint) : String(value);
}

type Value<K extends SettingKey> =
  | NonNullable<ReturnType<(typeof TABLE)[K]["kind"]["check"]>>
  | ReturnType<(typeof TABLE)[K]["fallback"]>;

function assemble(at: <K extends SettingKey>(key: K) => Value<K>): Settings {
  return {
    dns: {
      listen: at("dns.listen"),
      workers: at("dns.workers"),
      maxAnswers: at("dns.maxAnswers"),
      diagnostics: at("dns.diagnostics"),
    },
    http: { listen: at("http.listen"), token: at("http.token") },
    dataDir: at("dataDir"),
    zone: at("zone"),
    zonesDir: at("zonesDir"),
    ttlSeconds: at("ttlSeconds"),
    negativeTtlSeconds: at("negativeTtlSeconds"),
    publishIntervalMs: at("publishIntervalMs"),
    lameDuckSeconds: at("lameDuckSeconds"),
    log: { level: at("log.level"), format: at("log.format") },
  };
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
