import { readFileSync, realpathSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { type IncludedFile, type MasterProblem, type MasterRecord, parseMasterFile } from "./dns/master-file.ts";
import { type Name, NameError, parseName } from "./dns/name.ts";

const SUFFIX = ".zone";

/** What one master file holds. `origin` is the zone that its name stands for: svc.internal.zone → svc.internal. */
interface ZoneFile {
  readonly file: string;
  readonly origin: Name;
  readonly records: readonly MasterRecord[];
}

export interface ZoneFiles {
  /** By file name. A file with problems holds what could be read of it. */
  readonly files: readonly ZoneFile[];
  readonly problems: readonly MasterProblem[];
}

/**
 * Reads every `*.zone` of a directory. $INCLUDE reaches files inside that directory only, named relative to the
 * including file. What cannot be read is a problem; with `mayBeMissing` an absent directory is an empty one.
 */
export async function readZoneFiles(directory: string, { mayBeMissing = false } = {}): Promise<ZoneFiles> {
  const problems: MasterProblem[] = [];
  const names = await readdir(directory).catch((error: unknown) => {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!isMissing || !mayBeMissing) problems.push(problemOf(directory, "the directory", error));
    return [];
  });
  const files: ZoneFile[] = [];
  for (const name of names.filter((name) => name.endsWith(SUFFIX)).sort()) {
    const read = await readZoneFile(join(directory, name));
    files.push(...read.files);
    problems.push(...read.problems);
  }
  return { files, problems };
}

/** Reads one master file as `readZoneFiles` reads each of its directory. */
export async function readZoneFile(file: string): Promise<ZoneFiles> {
  const directory = dirname(file);
  try {
    const origin = parseName(basename(file, SUFFIX));
    const text = decode(await readFile(file));
    const readInclude = (path: string, fromFile: string) => readInside(directory, path, fromFile);
    const { records, problems } = parseMasterFile(text, { file, origin, readInclude });
    return { files: [{ file, origin, records }], problems };
  } catch (error) {
    return { files: [], problems: [problemOf(file, "the file", error)] };
  }
}

/** Reads a file that lies inside the directory both as it is named and after symbolic links are followed. */
function readInside(directory: string, path: string, fromFile: string): IncludedFile {
  const named = resolve(dirname(fromFile), path);
  try {
    if (!isInside(resolve(directory), named) || !isInside(realpathSync(directory), realpathSync(named)))
      return { kind: "refused", reason: `an included file must lie inside ${directory}` };
    const text = decode(readFileSync(named));
    return { kind: "file", file: join(directory, relative(directory, named)), text };
  } catch (error) {
    return { kind: "refused", reason: whyUnreadable(error) };
  }
}

function isInside(directory: string, file: string): boolean {
  return relative(directory, file).split(sep)[0] !== "..";
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

function problemOf(file: string, what: string, error: unknown): MasterProblem {
  return { file, line: 1, column: 1, message: `Cannot read ${what} as ${whyUnreadable(error)}` };
}

/** What the world has against a file, in words that fit behind "as". Throws the error again when it is a bug of ours. */
function whyUnreadable(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof NameError) return `its name must be a zone's: ${error.message}`;
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return "it must be UTF-8";
  if (syscall !== undefined) return `it must be readable: got ${code}`;
  throw error;
}
