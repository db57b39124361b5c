import { NameError, parseName } from "../dns/name.ts";
import { RCODE } from "../dns/numbers.ts";
import { RdataError } from "../dns/rdata-tokens.ts";
import { isDataType, typeNumber } from "../dns/type-names.ts";
import type {
  AliasCheck,
  CheckKind,
  CheckOf,
  CheckTiming,
  DnsCheck,
  ExecCheck,
  GrpcCheck,
  TcpCheck,
  TlsCheck,
  UdpCheck,
} from "./check.ts";
import { rdataOf } from "./check-answer.ts";
import { type CheckRules, fault, given, readEndpoint, readPayload, readTls, required } from "./check-fields.ts";
import { type Fields, nameAt, readChoice, readList, readNumber, readText, shown, textAt } from "./fields.ts";
import { HTTP_FIELDS, readHttpCheck } from "./http-check.ts";

type Untimed<K extends CheckKind> = Omit<CheckOf<K>, keyof CheckTiming>;

interface Reader<K extends CheckKind> {
  /** What may be given besides kind and timing. */
  readonly fields: readonly string[];
  read(fields: Fields, rules: CheckRules): Untimed<K>;
}

const ENDPOINT = ["address", "port"];

/** Every kind of check, and how it is read: a new kind is a row, and a probe. */
export const READERS: { readonly [K in CheckKind]: Reader<K> } = {
  http: { fields: HTTP_FIELDS, read: readHttpCheck },
  tcp: { fields: [...ENDPOINT, "send", "expect"], read: readTcp },
  tls: { fields: [...ENDPOINT, "tls", "warningDays", "criticalDays"], read: readTlsCheck },
  udp: { fields: [...ENDPOINT, "send", "expect"], read: readUdp },
  dns: { fields: [...ENDPOINT, "name", "type", "expectRcode", "expectAnswer"], read: readDns },
  grpc: { fields: [...ENDPOINT, "service", "tls"], read: readGrpc },
  exec: { fields: ["command"], read: readExec },
  alias: { fields: ["service", "instance"], read: readAlias },
};

export const CHECK_KINDS = Object.keys(READERS) as CheckKind[];

const DAYS = { min: 0, max: 3650 };
const GRPC_SERVICE_OCTETS_MAX = 255;
const ANSWER_OCTETS_MAX = 1024;
const DNS_NAME_OCTETS_MAX = 1016;
const COMMAND_WORDS_MAX = 64;
const COMMAND_WORD_OCTETS_MAX = 4096;
/** What a query of version 0 can be answered with. */
const RCODES = Object.entries(RCODE).flatMap(([text, rcode]) => (rcode < 16 ? [text] : []));

function readTcp(fields: Fields, rules: CheckRules): TcpCheck {
  const payloads = given({ send: readPayload(fields, "send"), expect: readPayload(fields, "expect") });
  return { kind: "tcp", ...readEndpoint(fields, rules), ...payloads };
}

function readUdp(fields: Fields, rules: CheckRules): UdpCheck {
  const send = required(fields, "send", readPayload) ?? "";
  return { kind: "udp", ...readEndpoint(fields, rules), send, ...given({ expect: readPayload(fields, "expect") }) };
}

function readTlsCheck(fields: Fields, rules: CheckRules): TlsCheck {
  const warningDays = readNumber(fields, "warningDays", DAYS);
  const criticalDays = readNumber(fields, "criticalDays", DAYS);
  if (warningDays !== undefined && criticalDays !== undefined && warningDays <= criticalDays)
    fault(fields, "warningDays", `must be more than criticalDays, ${criticalDays}: got ${warningDays}`);
  return { kind: "tls", ...readEndpoint(fields, rules), ...given({ tls: readTls(fields), warningDays, criticalDays }) };
}

function readGrpc(fields: Fields, rules: CheckRules): GrpcCheck {
  const service = readText(fields, "service", GRPC_SERVICE_OCTETS_MAX);
  return { kind: "grpc", ...readEndpoint(fields, rules), ...given({ service, tls: readTls(fields) }) };
}

function readDns(fields: Fields, rules: CheckRules): DnsCheck {
  const endpoint = readEndpoint(fields, rules);
  const name = required(fields, "name", (at, member) => readText(at, member, DNS_NAME_OCTETS_MAX)) ?? ".";
  refuse(fields, "name", NameError, () => parseName(name));
  const type = readText(fields, "type", ANSWER_OCTETS_MAX);
  const number = typeNumber(type ?? "A");
  if (number === undefined || !isDataType(number))
    fault(fields, "type", `must be a type of records such as AAAA: got ${shown(type)}`);
  const expectRcode = readChoice(fields, "expectRcode", RCODES);
  const expectAnswer = readText(fields, "expectAnswer", ANSWER_OCTETS_MAX);
  if (number !== undefined && expectAnswer !== undefined)
    refuse(fields, "expectAnswer", RdataError, () => rdataOf(number, expectAnswer));
  return { kind: "dns", ...endpoint, name, ...given({ type, expectRcode, expectAnswer }) };
}

/** Makes a fault of an error of this kind. */
function refuse(fields: Fields, name: string, kind: typeof NameError | typeof RdataError, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
    fault(fields, name, `cannot be read as ${error.message}`);
  }
}

function readExec(fields: Fields): ExecCheck {
  const words = required(fields, "command", (at, name) => readList(at, name, COMMAND_WORDS_MAX));
  if (Array.isArray(fields.values["command"]) && words.length === 0)
    fault(fields, "command", "must have at least 1 element: got []");
  const command = words.map(({ path, value }) => textAt(value, path, COMMAND_WORD_OCTETS_MAX, fields.faults) ?? "");
  return { kind: "exec", command };
}

function readAlias(fields: Fields): AliasCheck {
  const service = required(fields, "service", readName) ?? "";
  return { kind: "alias", service, ...given({ instance: readName(fields, "instance") }) };
}

function readName({ values, path, faults }: Fields, name: string): string | undefined {
  return values[name] === undefined ? undefined : nameAt(values[name], `${path}/${name}`, faults);
}
