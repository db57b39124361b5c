import { addressAt, hostAt } from "./addresses.ts";
import { readChecks } from "./checks.ts";
import {
  type Fault,
  type Fields,
  nameAt,
  octetsOfText,
  openFields,
  openMap,
  pointer,
  readChoice,
  readList,
  readNumber,
  readText,
  shown,
} from "./fields.ts";
import { type Check, type CheckState, LIMITS, RESERVED_TAGS, type Registration } from "./model.ts";
import { readPorts } from "./ports.ts";
import { readHeartbeat } from "./thresholds.ts";

/** What a registration depends on besides its body. */
export interface Origin {
  readonly service: string;
  /** Stands in where the body names neither address nor host. */
  readonly callerAddress: string;
  /** The service's settings check instances that bring neither checks nor a lease. */
  readonly serviceHasChecks: boolean;
  /** Checks may run programs. */
  readonly allowsExec: boolean;
  readonly previous: Registration | undefined;
  /** The generation of a new incarnation; greater than any before. */
  readonly nextGeneration: number;
}

const STATES: readonly CheckState[] = ["passing", "warning", "critical"];
const PRIORITY = { min: 0, max: 65_535 };
const WEIGHT = { min: 0, max: 255 };
const LEASE_SECONDS = { min: 1, max: 86_400, allowsFractions: true };
const DEREGISTER_AFTER_SECONDS = { min: 0, max: 31_536_000, allowsFractions: true };
const DEREGISTER_AFTER_SECONDS_DEFAULT = 600;
const TXT_STRING_OCTETS_MAX = 255;
export const LOCALITY_OCTETS_MAX = 63;

const FIELDS = [
  ...["address", "addresses", "host", "port", "ports", "tags", "meta", "priority", "weight", "locality"],
  ...["leaseSeconds", "heartbeat", "initialState", "deregisterAfterSeconds", "checks"],
];

/** Reads the body of a registration, defaults filled in. What it returns holds good only if no fault was added. */
export function readRegistration(body: unknown, origin: Origin, faults: Fault[]): Registration {
  const fields = openFields(body, "", FIELDS, faults);
  const target = readTarget(fields, origin.callerAddress);
  const ports = readPorts(fields, origin.service);
  const locality = readText(fields, "locality", LOCALITY_OCTETS_MAX);
  const leaseSeconds = readNumber(fields, "leaseSeconds", LEASE_SECONDS);
  const checks = readChecks(
    fields,
    { hasPort: ports.length > 0, allowsExec: origin.allowsExec },
    origin.previous?.checks ?? [],
  );
  const life = { checks, ...(leaseSeconds !== undefined && { leaseSeconds }) };
  const initialState = readChoice(fields, "initialState", STATES) ?? initialStateOf(life, origin);
  const isSameIncarnation = isLifeOf(origin.previous, life) && origin.previous.initialState === initialState;
  return {
    generation: isSameIncarnation ? origin.previous.generation : origin.nextGeneration,
    ...target,
    ports,
    tags: readTags(fields),
    meta: readMeta(fields),
    priority: readNumber(fields, "priority", PRIORITY) ?? 10,
    weight: readNumber(fields, "weight", WEIGHT) ?? 10,
    ...(locality !== undefined && { locality }),
    ...(leaseSeconds !== undefined && { leaseSeconds }),
    ...readHeartbeat(fields, leaseSeconds !== undefined),
    initialState,
    deregisterAfterSeconds:
      readNumber(fields, "deregisterAfterSeconds", DEREGISTER_AFTER_SECONDS) ?? defaultDeregisterAfterSeconds(life),
    checks,
  };
}

/** The body that says what a registration says, in long form: `addresses` and `ports`, never `address` and `port`. */
export function registrationBody(registration: Registration): Record<string, unknown> {
  const { generation: _, addresses, ports, ...body } = registration;
  const members = ports.map(({ name, alpn, ...port }) => [name, alpn.length > 0 ? { ...port, alpn } : port]);
  return { ...(addresses.length > 0 && { addresses }), ...body, ports: Object.fromEntries(members) };
}

/** What a merge patch applies to: the body without what only follows from checks and lease, as a patch may change those. */
export function patchTarget(registration: Registration): Record<string, unknown> {
  const { initialState, deregisterAfterSeconds, ...body } = registrationBody(registration);
  return {
    ...body,
    ...(initialState !== defaultInitialState(registration) && { initialState }),
    ...(deregisterAfterSeconds !== defaultDeregisterAfterSeconds(registration) && { deregisterAfterSeconds }),
  };
}

/** What keeps an instance alive: its checks and its lease. */
type Life = Pick<Registration, "checks" | "leaseSeconds">;

/** A body that leaves the state open does not restart what is running: the state it began with stays. */
function initialStateOf(life: Life, { previous, serviceHasChecks }: Origin): CheckState {
  if (isLifeOf(previous, life)) return previous.initialState;
  const isCheckedByService = serviceHasChecks && life.checks.length === 0 && life.leaseSeconds === undefined;
  return isCheckedByService ? "critical" : defaultInitialState(life);
}

function defaultInitialState({ checks }: Life): CheckState {
  return checks.length > 0 ? "critical" : "passing";
}

function defaultDeregisterAfterSeconds({ leaseSeconds }: Life): number {
  return leaseSeconds === undefined ? 0 : DEREGISTER_AFTER_SECONDS_DEFAULT;
}

function isLifeOf(previous: Registration | undefined, life: Life): previous is Registration {
  if (previous === undefined || previous.leaseSeconds !== life.leaseSeconds) return false;
  return checksText(previous.checks) === checksText(life.checks);
}

function checksText(checks: readonly Check[]): string {
  return checks.length === 0 ? "" : JSON.stringify(checks);
}

function readTarget(fields: Fields, callerAddress: string): Pick<Registration, "addresses" | "host"> {
  const { values, faults } = fields;
  const { address, addresses: list, host } = values;
  const hasAddress = address !== undefined || list !== undefined;
  if (host !== undefined && !hasAddress) {
    const name = hostAt(host, "/host", faults);
    return { addresses: [], ...(name !== undefined && { host: name }) };
  }
  if (host !== undefined) faults.push({ path: "/host", message: "must not be given beside an address" });
  if (Array.isArray(list) && list.length === 0)
    faults.push({ path: "/addresses", message: "must have at least 1 element: got []" });
  const short = hasAddress ? address : callerAddress;
  const first = short === undefined ? [] : [{ path: "/address", value: short }];
  const all = [...first, ...readList(fields, "addresses", LIMITS.addresses)];
  const addresses = all.map(({ path, value }) => addressAt(value, path, faults));
  return { addresses: [...new Set(addresses.filter((text) => text !== undefined))] };
}

function readTags(fields: Fields): readonly string[] {
  const tags = readList(fields, "tags", LIMITS.tags).map(({ path, value }) => tagAt(value, path, fields.faults));
  return [...new Set(tags.filter((tag) => tag !== undefined))].sort();
}

export function tagAt(value: unknown, path: string, faults: Fault[]): string | undefined {
  const tag = nameAt(value, path, faults);
  if (tag === undefined || !RESERVED_TAGS.has(tag)) return tag;
  faults.push({
    path,
    message: `must not be one of the reserved tags ${[...RESERVED_TAGS].join(", ")}: got ${shown(value)}`,
  });
  return undefined;
}

/** Metadata becomes `key=value` strings of a TXT record, so it keeps the rules of RFC 6763 §6.4. */
function readMeta(fields: Fields): Readonly<Record<string, string>> {
  const { meta: given } = fields.values;
  const { values } = openMap(given === undefined ? {} : given, "/meta", LIMITS.metaOctets, fields.faults);
  const folded = new Set<string>();
  let octets = 0;
  for (const [key, value] of Object.entries(values)) {
    const path = pointer("/meta", key);
    const rule = metaRule(key, value, folded);
    if (rule !== undefined) fields.faults.push({ path, message: rule });
    folded.add(key.toLowerCase());
    octets += octetsOfText(`${key}=${value}`);
  }
  if (octets > LIMITS.metaOctets)
    fields.faults.push({ path: "/meta", message: `must have at most ${LIMITS.metaOctets} octets: got ${octets}` });
  const entries = Object.entries(values as Record<string, string>);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function metaRule(key: string, value: unknown, folded: ReadonlySet<string>): string | undefined {
  if (!/^[ -<>-~]+$/.test(key)) return `must have a key of printable ASCII without "=": got ${shown(key)}`;
  if (folded.has(key.toLowerCase())) return "must be given once: keys differ by more than case";
  if (typeof value !== "string") return `must be text: got ${shown(value)}`;
  const octets = octetsOfText(`${key}=${value}`);
  if (octets <= TXT_STRING_OCTETS_MAX) return undefined;
  return `must have at most ${TXT_STRING_OCTETS_MAX} octets as key=value: got ${octets}`;
}
