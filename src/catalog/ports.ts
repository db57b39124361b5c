import {
  type Fault,
  type Fields,
  isObject,
  nameAt,
  numberAt,
  openFields,
  openMap,
  pointer,
  readChoice,
  readList,
  textAt,
} from "./fields.ts";
import { LIMITS, type Port } from "./model.ts";

export const PORT_RANGE = { min: 1, max: 65_535 };
const ALPN_OCTETS_MAX = 255;
const ALPN_COUNT_MAX = 8;

/** The ports of a registration in the order given; `port`, short for one named like the service, comes first. */
export function readPorts(fields: Fields, service: string): readonly Port[] {
  const { port: only, ports: given } = fields.values;
  const map = openMap(given === undefined ? {} : given, "/ports", LIMITS.ports, fields.faults);
  const ports = new Map<string, Port>();
  const short = only === undefined ? [] : [{ name: service, path: "/port", value: only }];
  const members = Object.entries(map.values).map(([name, value]) => ({ name, path: pointer("/ports", name), value }));
  for (const { name: given, path, value } of [...short, ...members]) {
    const name = path === "/port" ? given : portNameAt(given, path, fields.faults);
    const port = readPort(name ?? "", value, path, fields.faults);
    if (name === undefined || port === undefined) continue;
    if (ports.has(name)) fields.faults.push({ path, message: `must be given once: "${name}" is given twice` });
    else ports.set(name, port);
  }
  return [...ports.values()];
}

function portNameAt(given: string, path: string, faults: Fault[]): string | undefined {
  const name = nameAt(given, path, faults);
  // JSON readers move members with such names to the front, and the order of ports has a meaning (and RFC 6335 §5.1).
  if (name === undefined || /[a-z]/.test(name)) return name;
  faults.push({ path, message: `must be named with a letter at least: got "${given}"` });
  return undefined;
}

function readPort(name: string, value: unknown, path: string, faults: Fault[]): Port | undefined {
  if (!isObject(value)) {
    const port = numberAt(value, path, PORT_RANGE, faults);
    return port === undefined ? undefined : { name, port, protocol: "tcp", alpn: [] };
  }
  const fields = openFields(value, path, ["port", "protocol", "alpn"], faults);
  const port = numberAt(value["port"], `${path}/port`, PORT_RANGE, faults);
  const protocol = readChoice(fields, "protocol", ["tcp", "udp"]) ?? "tcp";
  const alpn = readList(fields, "alpn", ALPN_COUNT_MAX).map((id) => textAt(id.value, id.path, ALPN_OCTETS_MAX, faults));
  if (port === undefined) return undefined;
  return { name, port, protocol, alpn: [...new Set(alpn.filter((id) => id !== undefined))] };
}
