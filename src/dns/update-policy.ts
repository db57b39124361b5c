import { foldedNameOf, isAtOrBelow, type Name, nameText } from "./name.ts";
import { TYPE } from "./numbers.ts";
import { isDataType, typeNumber, typeText } from "./type-names.ts";

/** What a key may update: records of these types at a name, or at it and at every name below. */
export interface UpdateGrant {
  /** Folded, like `name`. */
  readonly key: Name;
  readonly scope: "name" | "subtree";
  readonly name: Name;
  /** ANY stands for all types; none at all for those that are no affair of a zone's own (see RESERVED_TYPES). */
  readonly types: readonly number[];
}

/** Types that shape the zone itself or prove what it holds: granted only when they are named. */
const RESERVED_TYPES: ReadonlySet<number> = new Set([TYPE.SOA, TYPE.NS, TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3]);

const FORM = /^(?:grant\s+)?(\S+)\s+(name|subtree)\s+(\S+)((?:\s+\S+)*)$/i;

/** Reads `KEY name|subtree OWNER [TYPE…]`, the word `grant` before it or not; undefined when it is none. */
export function parseUpdateGrant(text: string): UpdateGrant | undefined {
  const [, key, scope, owner, rest = ""] = FORM.exec(text.trim()) ?? [];
  if (key === undefined || scope === undefined || owner === undefined) return undefined;
  const types = [...rest.matchAll(/\S+/g)].map(([word]) => typeNumber(word));
  if (!types.every(isGrantable)) return undefined;
  const [keyName, name] = [foldedNameOf(key), foldedNameOf(owner)];
  if (keyName === undefined || name === undefined) return undefined;
  return { key: keyName, scope: scope.toLowerCase() === "name" ? "name" : "subtree", name, types };
}

function isGrantable(type: number | undefined): type is number {
  return type !== undefined && (isDataType(type) || type === TYPE.ANY);
}

/** The grant in the form that `parseUpdateGrant` reads. */
export function updateGrantText({ key, scope, name, types }: UpdateGrant): string {
  return [nameText(key), scope, nameText(name), ...types.map(typeText)].join(" ");
}

/** True when one of the grants covers records of this owner (folded) and type; of no type in particular with ANY. */
export function mayUpdate(grants: readonly UpdateGrant[], owner: Name, type: number): boolean {
  return grants.some((grant) => isInScope(grant, owner) && (type === TYPE.ANY || coversType(grant, type)));
}

function isInScope({ scope, name }: UpdateGrant, owner: Name): boolean {
  return scope === "name" ? owner === name : isAtOrBelow(owner, name);
}

function coversType({ types }: UpdateGrant, type: number): boolean {
  if (types.length === 0) return !RESERVED_TYPES.has(type);
  return types.includes(type) || types.includes(TYPE.ANY);
}
