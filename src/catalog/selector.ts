import { choiceAt, type Fault, nameAt, textAt } from "./fields.ts";
import type { Instance, State } from "./model.ts";
import { LOCALITY_OCTETS_MAX } from "./registration.ts";
import { verdictOf } from "./verdict.ts";

/** Which instances are meant: those of which all that is given holds. */
export interface Selector {
  readonly tag?: string;
  /** One of these. */
  readonly states?: readonly State[];
  readonly locality?: string;
  /** Values of metadata, by key. */
  readonly meta: Readonly<Record<string, string>>;
}

export const EVERY_INSTANCE: Selector = { meta: {} };

/** What the names of parameters that ask for metadata begin with: `meta.version=1.4.2`. */
const META_PREFIX = "meta.";

export const STATES: readonly State[] = ["passing", "warning", "critical", "draining", "maintenance"];

/** Reads a selector out of query parameters, among which there may be others. */
export function readSelector(query: Readonly<Record<string, string | undefined>>, faults: Fault[]): Selector {
  const read = <T>(name: string, reader: (text: string, path: string) => T) =>
    query[name] === undefined ? undefined : reader(query[name], `?${name}`);
  const tag = read("tag", (text, path) => nameAt(text, path, faults));
  const states = read("state", (text, path) =>
    text.split(",").flatMap((state) => choiceAt(state, path, STATES, faults) ?? []),
  );
  const locality = read("locality", (text, path) => textAt(text, path, LOCALITY_OCTETS_MAX, faults));
  const meta = Object.entries(query).flatMap(([name, value = ""]) =>
    name.startsWith(META_PREFIX) ? [[name.slice(META_PREFIX.length), value]] : [],
  );
  return {
    ...(tag !== undefined && { tag }),
    ...(states !== undefined && { states }),
    ...(locality !== undefined && { locality }),
    meta: Object.fromEntries(meta),
  };
}

export function isSelected(instance: Instance, { tag, states, locality, meta }: Selector): boolean {
  const { registration } = instance;
  return (
    (tag === undefined || registration.tags.includes(tag)) &&
    (locality === undefined || registration.locality === locality) &&
    Object.entries(meta).every(([key, value]) => registration.meta[key] === value) &&
    (states === undefined || states.includes(verdictOf(instance).state))
  );
}

/** True for a selector that asks for nothing but a tag, of which every service keeps count. */
export function isOnlyOfTag({ states, locality, meta }: Selector): boolean {
  return states === undefined && locality === undefined && Object.keys(meta).length === 0;
}
