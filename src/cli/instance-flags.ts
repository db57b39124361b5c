import { type Command, InvalidArgumentError } from "commander";
import { LABEL_OCTETS_MAX } from "../dns/name.ts";
import { collect, collectPairs, toNumber } from "./option-values.ts";

/** What the flags of `muster register` say of an instance. */
export interface InstanceFlags {
  readonly address?: readonly string[];
  readonly host?: string;
  readonly port?: number;
  readonly portName?: NamedPorts;
  readonly tag?: readonly string[];
  readonly meta?: Readonly<Record<string, string>>;
  readonly priority?: number;
  readonly weight?: number;
  readonly locality?: string;
  readonly lease?: number;
  readonly deregisterAfter?: number;
  readonly initialState?: string;
  readonly httpCheck?: readonly string[];
  readonly tcpCheck?: true;
  readonly checkInterval?: number;
  readonly checkTimeout?: number;
}

export function addInstanceFlags(command: Command): Command {
  return command
    .option("--address <address>", "IPv4 or IPv6 address; the caller's own when not given; repeatable", collect)
    .option("--host <name>", "host name instead of addresses")
    .option("--port <port>", "port", toNumber)
    .option("--port-name <name=port>", "named port, dns=53/udp where it is UDP; repeatable", collectPort)
    .option("--tag <tag>", "tag, one DNS label; repeatable", collect)
    .option("--meta <key=value>", "metadata; repeatable", collectPairs)
    .option("--priority <number>", "SRV priority, lower first", toNumber)
    .option("--weight <number>", "SRV weight", toNumber)
    .option("--locality <name>", "where it runs")
    .option("--lease <seconds>", "critical unless a heartbeat comes within this time", toNumber)
    .option("--deregister-after <seconds>", "deregister when critical for this long; 0 is never", toNumber)
    .option("--initial-state <state>", "state until the first check: passing, warning or critical")
    .option("--http-check <url>", "check a URL, or a /path of the instance itself; repeatable", collect)
    .option("--tcp-check", "check that the port accepts connections")
    .option("--check-interval <seconds>", "between two checks", toNumber)
    .option("--check-timeout <seconds>", "of one check", toNumber);
}

/** The part of an instance that its default name is made of. */
export interface InstanceBody {
  readonly address?: string | undefined;
  readonly addresses?: readonly string[];
  readonly host?: string;
  readonly port?: number;
}

/** The API's JSON of an instance: the file's fields, and over them those of the flags that were given. */
export function instanceOf(flags: InstanceFlags, file: object): InstanceBody {
  const timing = { intervalSeconds: flags.checkInterval, timeoutSeconds: flags.checkTimeout };
  const httpChecks = (flags.httpCheck ?? []).map((url) => ({ kind: "http", url, ...timing }));
  const tcpChecks = flags.tcpCheck ? [{ kind: "tcp", ...timing }] : [];
  const checks = [...httpChecks, ...tcpChecks];
  const given = {
    addresses: flags.address,
    host: flags.host,
    port: flags.port,
    ports: flags.portName,
    tags: flags.tag,
    meta: flags.meta,
    priority: flags.priority,
    weight: flags.weight,
    locality: flags.locality,
    leaseSeconds: flags.lease,
    deregisterAfterSeconds: flags.deregisterAfter,
    initialState: flags.initialState,
    checks: checks.length === 0 ? undefined : checks,
  };
  // The file may have the short form, which excludes the long one.
  const short = flags.address === undefined ? {} : { address: undefined };
  return { ...file, ...short, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
}

/**
 * A label for an instance that was given none, and what it is named after. What is not a letter or digit becomes a
 * hyphen, one for one.
 */
export function defaultId(body: InstanceBody, hostname: string): { readonly id: string; readonly after: string } {
  const own = body.address ?? body.addresses?.[0] ?? body.host;
  const where = own ?? hostname.split(".", 1)[0]!;
  const text = body.port === undefined ? where : `${where}-${body.port}`;
  const label = text.toLowerCase().replace(/[^a-z0-9]/g, "-");
  const id = label.slice(-LABEL_OCTETS_MAX).replace(/^-+|-+$/g, "");
  return {
    id,
    after: (own === undefined ? "this host" : "its address") + (body.port === undefined ? "" : " and port"),
  };
}

type NamedPorts = Readonly<Record<string, number | { readonly port: number; readonly protocol: string }>>;

/** `http=8080`, or `dns=53/udp`. */
function collectPort(text: string, before: NamedPorts = {}): NamedPorts {
  const { name, port, protocol } = /^(?<name>[^=]+)=(?<port>[0-9]+)(?:\/(?<protocol>\w+))?$/.exec(text)?.groups ?? {};
  if (name === undefined) throw new InvalidArgumentError("It must be name=port or name=port/udp.");
  return { ...before, [name]: protocol === undefined ? Number(port) : { port: Number(port), protocol } };
}
