import { behind, EntryError, nameAt, readRecordFields, ttlAt } from "./master-record.ts";
import { type Entry, entriesOf, type Position, type Token } from "./master-tokens.ts";
import type { Name } from "./name.ts";
import type { Octets } from "./octets.ts";
import { shown } from "./rdata-tokens.ts";

/** A record of class IN as it stands in a file; names keep their case. */
export interface MasterRecord extends Position {
  readonly owner: Name;
  readonly type: number;
  readonly ttl: number;
  readonly rdata: Octets;
  readonly file: string;
}

export interface MasterProblem extends Position {
  readonly file: string;
  readonly message: string;
}

export interface MasterFileOptions {
  /** What the file is called in records and problems. */
  readonly file: string;
  /** Completes relative names until the first $ORIGIN. */
  readonly origin: Name | undefined;
  /** The TTL in seconds of records that state none before any other is stated. */
  readonly defaultTtl?: number;
  /** The file that $INCLUDE names in `fromFile`. */
  readInclude(path: string, fromFile: string): IncludedFile;
}

/** `file` is what it is called, the same for the same file; `reason` fits behind "as". */
export type IncludedFile =
  | { readonly kind: "file"; readonly file: string; readonly text: string }
  | { readonly kind: "refused"; readonly reason: string };

/** Nesting of $INCLUDE; more is a mistake. */
const INCLUDE_DEPTH_MAX = 10;

/** Reads a master file (RFC 1035 §5, RFC 2308 §4, RFC 3597 §5), with all its problems in the order they stand in. */
export function parseMasterFile(
  text: string,
  options: MasterFileOptions,
): { readonly records: readonly MasterRecord[]; readonly problems: readonly MasterProblem[] } {
  const state: State = {
    records: [],
    problems: [],
    readInclude: options.readInclude,
    files: [],
    origin: options.origin,
    owner: undefined,
    defaultTtl: undefined,
    lastTtl: options.defaultTtl,
  };
  readFile(text, options.file, state);
  return { records: state.records, problems: state.problems };
}

/** A problem as one line for people: file:line:column: message. */
export function problemText(problem: MasterProblem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}

interface State {
  readonly records: MasterRecord[];
  readonly problems: MasterProblem[];
  readonly readInclude: MasterFileOptions["readInclude"];
  /** The file being read, behind those that include it. */
  readonly files: string[];
  origin: Name | undefined;
  /** The owner last stated. */
  owner: Name | undefined;
  /** Of $TTL. */
  defaultTtl: number | undefined;
  lastTtl: number | undefined;
}

function readFile(text: string, file: string, state: State): void {
  state.files.push(file);
  for (const entry of entriesOf(text)) {
    try {
      readEntry(entry, state);
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      const { line, column } = error.at;
      state.problems.push({ file, line, column, message: error.message });
    }
  }
  state.files.pop();
}

function readEntry(entry: Entry, state: State): void {
  if (entry.fault) throw new EntryError(entry.fault, `Cannot read the entry as ${entry.fault.message}`);
  const [first, ...rest] = entry.tokens as [Token, ...Token[]];
  const directive = first.text.startsWith("$") && !first.isQuoted ? first.text.toUpperCase() : undefined;
  switch (directive) {
    case undefined:
      readRecord(entry, state);
      return;
    case "$ORIGIN":
      state.origin = nameAt(argumentsOf(first, rest, 1)[0]!, state.origin, "Cannot set $ORIGIN");
      return;
    case "$TTL":
      state.defaultTtl = ttlAt(argumentsOf(first, rest, 1)[0]!, "Cannot set $TTL");
      return;
    case "$INCLUDE":
      include(argumentsOf(first, rest, 1, 2), state);
      return;
    case "$GENERATE":
      throw new EntryError(first, "Cannot read $GENERATE as only BIND knows it: write its records out");
    default:
      throw new EntryError(
        first,
        `Cannot read the entry as a directive must be $ORIGIN, $TTL or $INCLUDE: got ${shown(first.text)}`,
      );
  }
}

function argumentsOf(directive: Token, found: readonly Token[], min: number, max = min): readonly Token[] {
  if (found.length >= min && found.length <= max) return found;
  const count = min === max ? `${min} argument` : `${min} or ${max} arguments`;
  const message = `Cannot read ${directive.text.toUpperCase()} as it must have ${count}: got ${found.length}`;
  throw new EntryError(found[max] ?? behind(found.at(-1) ?? directive), message);
}

/** Reads another file in place of the directive. Origin and owner come back as they were; $TTL stays as the file left it. */
function include([path, originText]: readonly Token[], state: State): void {
  const { origin, owner } = state;
  const action = `Cannot include ${shown(path!.text)}`;
  if (state.files.length > INCLUDE_DEPTH_MAX)
    throw new EntryError(path!, `${action} as includes must nest at most ${INCLUDE_DEPTH_MAX} deep`);
  const included = state.readInclude(path!.text, state.files.at(-1)!);
  if (included.kind === "refused") throw new EntryError(path!, `${action} as ${included.reason}`);
  if (state.files.includes(included.file)) throw new EntryError(path!, `${action} as a file must not include itself`);
  if (originText) state.origin = nameAt(originText, origin, action);
  readFile(included.text, included.file, state);
  state.origin = origin;
  state.owner = owner;
}

function readRecord({ tokens, startsBlank }: Entry, state: State): void {
  const first = tokens[0]!;
  if (!startsBlank) state.owner = nameAt(first, state.origin, "Cannot read the owner");
  const { owner, origin } = state;
  if (owner === undefined) throw new EntryError(first, "Cannot read the record as no owner stands before it");
  const { type, ttl: ownTtl, rdata } = readRecordFields(tokens, startsBlank ? 0 : 1, origin);
  if (ownTtl !== undefined) state.lastTtl = ownTtl;
  const ttl = ownTtl ?? state.defaultTtl ?? state.lastTtl;
  if (ttl === undefined)
    throw new EntryError(first, "Cannot read the record as it must have a TTL, its own or by $TTL");
  state.records.push({ owner, type, ttl, rdata, file: state.files.at(-1)!, line: first.line, column: first.column });
}
