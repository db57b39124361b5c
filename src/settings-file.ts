import { parse, TomlError } from "smol-toml";

export interface SettingsFile {
  readonly path: string;
  readonly text: string;
}

/** A setting as one source gives it; `where` is what to look at, of a file `file:line:column`. */
export interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly where: string;
}

/** The values of a TOML file under dotted keys, going down into the tables that are sections; or that it is no TOML. */
export function readFileEntries(
  file: SettingsFile,
  isSection: (key: string) => boolean,
): { entries: readonly Entry[]; problems: readonly string[] } {
  const entries: Entry[] = [];
  const places = keyPlaces(file.text);
  const collect = (table: object, prefix: string) => {
    for (const [name, value] of Object.entries(table)) {
      const key = prefix + name;
      if (isTable(value) && isSection(key)) collect(value, `${key}.`);
      else entries.push({ key, value, where: `${file.path}:${placeOf(key, places)}` });
    }
  };
  try {
    collect(parse(file.text), "");
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split("\n", 1)[0]!.replace("Invalid TOML document: ", "");
    const where = `${file.path}:${error.line}:${error.column}`;
    return { entries, problems: [`${where}: Cannot read the settings file as it must be TOML: ${reason}`] };
  }
  return { entries, problems: [] };
}

function isTable(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Where each key stands, `line:column` by dotted key. A scan by line: the parser keeps no positions of what is well-formed. */
function keyPlaces(text: string): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  let section = "";
  for (const [index, line] of text.split("\n").entries()) {
    const match = /^(?<indent>\s*)(?:\[+(?<header>[^\]]+)\]|(?<name>[\w"'.\s-]+?)\s*=)/.exec(line)?.groups;
    if (match === undefined) continue;
    const header = match["header"];
    if (header !== undefined) section = `${plainKey(header)}.`;
    const key = header === undefined ? section + plainKey(match["name"]!) : plainKey(header);
    if (!places.has(key)) places.set(key, `${index + 1}:${match["indent"]!.length + 1}`);
  }
  return places;
}

/** `"dns" . listen` → `dns.listen`. */
function plainKey(written: string): string {
  return written
    .split(".")
    .map((part) => part.trim().replace(/^(["'])(.*)\1$/, "$2"))
    .join(".");
}

/** The place of the key itself, or of the table it is written in. */
function placeOf(key: string, places: ReadonlyMap<string, string>): string {
  for (let outer = key; outer !== ""; outer = outer.slice(0, Math.max(0, outer.lastIndexOf(".")))) {
    const place = places.get(outer);
    if (place !== undefined) return place;
  }
  return "1:1";
}
