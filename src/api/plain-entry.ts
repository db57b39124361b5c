import { addressAt, canonicalAddress, hostAt } from "../catalog/addresses.ts";
import { type Fault, nameAt, numberAt, openFields, shown } from "../catalog/fields.ts";
import { type Instance, NAME_PATTERN } from "../catalog/model.ts";
import { PORT_RANGE } from "../catalog/ports.ts";
import { refuseFaults } from "../catalog/refusal.ts";
import { ipv6Octets } from "../dns/addresses.ts";
import { readU16 } from "../dns/octets.ts";

/** What the plain registry knows of an instance. */
export interface PlainEntry {
  readonly name: string;
  /** A canonical address or a host name. */
  readonly address: string;
  readonly port?: number;
}

/** An entry as the registration that stands for it. */
export interface PlainInstance {
  readonly entry: PlainEntry;
  readonly id: string;
  readonly body: object;
}

/** Reads name, address and port; the port may stand behind the address, which is the caller's when absent. */
export function readPlainEntry(body: unknown, callerAddress: string, action: string): PlainInstance {
  const faults: Fault[] = [];
  const { values } = openFields(body, "", ["name", "address", "port"], faults);
  const { address: given = callerAddress, port: portGiven } = values;
  const name = nameAt(values["name"], "/name", faults) ?? "";
  const [host, portBehind] = typeof given === "string" ? endpointOf(given) : [given, undefined];
  const target = readTarget(host, faults);
  const port = readPort(portGiven, portBehind, faults);
  const address = target.address ?? target.host ?? "";
  const entry = { name, address, ...(port !== undefined && { port }) };
  const id = instanceId(entry);
  if (faults.length === 0 && !NAME_PATTERN.test(id))
    faults.push({ path: "/address", message: `must make a DNS label with the port: got ${shown(id)}` });
  refuseFaults(action, faults);
  return { entry, id, body: { ...target, ...(port !== undefined && { port }) } };
}

function readTarget(given: unknown, faults: Fault[]): { readonly address?: string; readonly host?: string } {
  const path = "/address";
  if (typeof given !== "string" || canonicalAddress(given) !== undefined)
    return { address: addressAt(given, path, faults) ?? "" };
  const host = hostAt(given, path, []);
  const rule = "must be an IP address or a host name, with or without a port";
  if (host === undefined) faults.push({ path, message: `${rule}: got ${shown(given)}` });
  return { host: host ?? "" };
}

function readPort(given: unknown, behindAddress: number | undefined, faults: Fault[]): number | undefined {
  if (given === undefined)
    return behindAddress === undefined ? undefined : numberAt(behindAddress, "/address", PORT_RANGE, faults);
  if (behindAddress === undefined) return numberAt(given, "/port", PORT_RANGE, faults);
  faults.push({ path: "/port", message: `must not be given beside the port in the address: got ${shown(given)}` });
  return undefined;
}

/** The entry that an instance answers to `discover`. */
export function plainEntryOf({ service, registration }: Instance): PlainEntry {
  const { addresses, host = "", ports } = registration;
  const port = ports[0]?.port;
  return { name: service, address: addresses[0] ?? host, ...(port !== undefined && { port }) };
}

/** `10.0.0.5:8080`, `db.example.com:5432` or `[2001:db8::5]:80` in its two parts; a bare IPv6 address is all address. */
function endpointOf(text: string): [host: string, port: number | undefined] {
  const { v6, host, port } = /^(?:\[(?<v6>[^\]]*)\]|(?<host>[^:]*))(?::(?<port>\d+))?$/.exec(text)?.groups ?? {};
  return [v6 ?? host ?? text, port === undefined ? undefined : Number(port)];
}

/**
 * A label for address and port, never the same for two. An IPv6 address is written out, as its shortened form could end
 * in the port; a hyphen of a host name is doubled, as single ones stand for dots.
 */
function instanceId({ address, port }: PlainEntry): string {
  const octets = ipv6Octets(address);
  const groups =
    octets === undefined ? undefined : Array.from({ length: 8 }, (_, i) => readU16(octets, 2 * i).toString(16));
  const label = groups?.join("-") ?? address.replaceAll("-", "--").replaceAll(".", "-");
  return port === undefined ? label : `${label}-${port}`;
}
