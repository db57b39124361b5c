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
  const name = nameAt(values["name"], "/name", faults) ?? "";
  const { address: given = callerAddress, port: portGiven } = values;
  const [host, portBehind] = typeof given === "string" ? endpointOf(given) : [given, undefined];
  const isAddress = typeof host !== "string" || canonicalAddress(host) !== undefined;
  const address = (isAddress ? addressAt(host, "/address", faults) : hostAt(host, "/address", [])) ?? "";
  if (!isAddress && address === "")
    faults.push({
      path: "/address",
      message: `must be an IP address or a host name, with or without a port: got ${shown(given)}`,
    });
  if (portGiven !== undefined && portBehind !== undefined)
    faults.push({
      path: "/port",
      message: `must not be given beside the port in the address: got ${shown(portGiven)}`,
    });
  const portPath = portGiven === undefined ? "/address" : "/port";
  const either = portGiven ?? portBehind;
  const port = either === undefined ? {} : { port: numberAt(either, portPath, PORT_RANGE, faults) ?? 0 };
  const entry = { name, address, ...port };
  const id = instanceId(entry);
  if (faults.length === 0 && !NAME_PATTERN.test(id))
    faults.push({ path: "/address", message: `must make a DNS label with the port: got ${shown(id)}` });
  refuseFaults(action, faults);
  return { entry, id, body: { ...(isAddress ? { address } : { host: address }), ...port } };
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
