import type { Token } from "./master-tokens.ts";
import { foldName, type Name, ROOT } from "./name.ts";
import { flat, type Octets } from "./octets.ts";
import { FIELDS } from "./rdata-fields.ts";
import { TYPE_ROWS, type TypeRow } from "./rdata-table.ts";
import { RdataTokens } from "./rdata-tokens.ts";
import { hexText } from "./text-encodings.ts";

const RDATA_OCTETS_MAX = 0xffff;

/**
 * Reads the RDATA of a type from its tokens, in the type's own form or as `\# length hex` (RFC 3597 §5), which of a
 * known type must fit it too. `origin` completes relative names; without one they are refused. Throws RdataError.
 */
export function parseRdata(type: number, tokens: readonly Token[], origin: Name | undefined): Octets {
  const row = TYPE_ROWS.get(type);
  const source = new RdataTokens(tokens, origin);
  const isGeneric = tokens[0]?.text === "\\#" && !tokens[0].isQuoted;
  const rdata = isGeneric || !row ? parseGeneric(source, row) : parseFields(source, row);
  source.field = "RDATA";
  if (!source.isAtEnd) source.refuseNext("must end here");
  if (rdata.length > RDATA_OCTETS_MAX) source.fail(`must have at most ${RDATA_OCTETS_MAX} octets, not ${rdata.length}`);
  return flat(rdata);
}

/** The presentation form of RDATA; `\# length hex` when the type is unknown or the RDATA does not fit it. */
export function rdataText(type: number, rdata: Octets): string {
  const row = TYPE_ROWS.get(type);
  const fields = row && splitFields(row, rdata);
  if (!row || !fields) return `\\# ${rdata.length} ${hexText(rdata)}`.trimEnd();
  return Object.values(row.fields)
    .map((kind, i) => FIELDS[kind].text(fields[i]!))
    .filter((text) => text !== "")
    .join(" ");
}

/**
 * The RDATA with its names in lower case, by which two records are compared (RFC 2136 §1.1.2); undefined when it does not
 * fit the type.
 */
export function foldRdata(type: number, rdata: Octets): Octets | undefined {
  const row = TYPE_ROWS.get(type);
  if (!row) return rdata;
  const kinds = Object.values(row.fields);
  return splitFields(row, rdata)
    ?.map((field, i) => (kinds[i] === "name" || kinds[i] === "compressibleName" ? foldName(field) : field))
    .join("");
}

/** Where names stand in RDATA: a number is so many octets that are none. What follows the last part is none either. */
export type NameLayout = readonly (number | "name")[];

/** The layout of types whose RDATA names may be compressed: those of RFC 1035 (RFC 3597 §4). Undefined for all others. */
export function compressibleLayout(type: number): NameLayout | undefined {
  return COMPRESSIBLE_LAYOUTS.get(type);
}

/** The layout of any type, as far as its fields before a name are of fixed length; empty when it has no such name. */
export function nameLayout(type: number): NameLayout {
  return NAME_LAYOUTS.get(type) ?? [];
}

/**
 * The name of which records belong in Additional. Undefined when the type has none, the RDATA does not fit, or the
 * target is the root: "none" in SRV and MX, the owner itself in SVCB and HTTPS (RFC 9460 §2.5).
 */
export function targetOf(type: number, rdata: Octets): Name | undefined {
  const start = targetOffset(type);
  if (start < 0) return undefined;
  const end = FIELDS.name.end(rdata, start);
  return end < 0 || end === start + ROOT.length ? undefined : rdata.slice(start, end);
}

/** Where in the RDATA of a type the name of `targetOf` begins; −1 when the type has none. */
export function targetOffset(type: number): number {
  return TARGET_OFFSETS.get(type) ?? -1;
}

function parseFields(source: RdataTokens, row: TypeRow): Octets {
  let rdata = "";
  for (const [field, kind] of Object.entries(row.fields)) {
    source.field = field;
    rdata += FIELDS[kind].parse(source);
  }
  return rdata;
}

function parseGeneric(source: RdataTokens, row: TypeRow | undefined): Octets {
  if (source.word() !== "\\#") source.fail("of an unknown type must be \\# length hex");
  source.field = "length";
  const octets = FIELDS.u16.parse(source);
  const length = octets.charCodeAt(0) * 256 + octets.charCodeAt(1);
  source.field = "RDATA";
  const rdata = length === 0 ? "" : FIELDS.hex.parse(source);
  if (rdata.length !== length) source.fail(`must have ${length} octets, not ${rdata.length}`);
  if (row && !splitFields(row, rdata)) source.fail(`must fit the type ${row.mnemonic}`);
  return rdata;
}

/** The octets of each field, or undefined when the RDATA does not fit the type. */
function splitFields(row: TypeRow, rdata: Octets): Octets[] | undefined {
  const fields: Octets[] = [];
  let at = 0;
  for (const kind of Object.values(row.fields)) {
    const end = FIELDS[kind].end(rdata, at);
    if (end < at || end > rdata.length) return undefined;
    fields.push(rdata.slice(at, end));
    at = end;
  }
  return at === rdata.length ? fields : undefined;
}

const rows = [...TYPE_ROWS.values()];
const NAME_LAYOUTS: ReadonlyMap<number, NameLayout> = new Map(rows.map((row) => [row.number, layoutOf(row)]));
const COMPRESSIBLE_LAYOUTS: ReadonlyMap<number, NameLayout> = new Map(
  rows.filter(isCompressible).map((row) => [row.number, layoutOf(row)]),
);
const TARGET_OFFSETS: ReadonlyMap<number, number> = new Map(
  rows.filter((row) => row.hasAdditional).map((row) => [row.number, Number(layoutOf(row)[0]) || 0]),
);

function isCompressible(row: TypeRow): boolean {
  return Object.values(row.fields).includes("compressibleName");
}

function layoutOf(row: TypeRow): NameLayout {
  const layout: (number | "name")[] = [];
  for (const kind of Object.values(row.fields)) {
    const { octets } = FIELDS[kind];
    const last = layout.at(-1);
    if (kind === "name" || kind === "compressibleName") layout.push("name");
    else if (octets === undefined) break;
    else if (typeof last === "number") layout[layout.length - 1] = last + octets;
    else layout.push(octets);
  }
  return layout;
}
