import type { Edns, EdnsOption, Message, MessageRecord, Question } from "./message.ts";
import { nameText } from "./name.ts";
import { CLASS, OPCODE, OPTION, RCODE } from "./numbers.ts";
import { readU16, utf8Text } from "./octets.ts";
import { rdataText } from "./rdata.ts";
import { hexText, quotedText } from "./text-encodings.ts";
import { typeText } from "./type-names.ts";

/** The message in the layout dig prints, ending with a line feed. */
export function messageText(message: Message): string {
  const { questions, answer, authority, additional, edns } = message;
  const paragraphs = [
    headerLines(message),
    [
      ...(edns ? [";; OPT PSEUDOSECTION:", ...ednsLines(edns)] : []),
      ...sectionLines("QUESTION", questions.map(questionText)),
    ],
    sectionLines("ANSWER", answer.map(recordText)),
    sectionLines("AUTHORITY", authority.map(recordText)),
    sectionLines("ADDITIONAL", additional.map(recordText)),
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function headerLines({ id, opcode, rcode, flags, questions, answer, authority, additional, edns }: Message): string[] {
  const kind = `opcode: ${keyOf(OPCODE, opcode) ?? `RESERVED${opcode}`}`;
  const status = `status: ${keyOf(RCODE, rcode) ?? `RCODE${rcode}`}`;
  const counts = [
    `QUERY: ${questions.length}`,
    `ANSWER: ${answer.length}`,
    `AUTHORITY: ${authority.length}`,
    `ADDITIONAL: ${additional.length + (edns ? 1 : 0)}`,
  ];
  return [
    `;; ->>HEADER<<- ${kind}, ${status}, id: ${id}`,
    `;; ${["flags:", ...flags].join(" ")}; ${counts.join(", ")}`,
  ];
}

function ednsLines({ version, dnssecOk, udpOctets, options }: Edns): string[] {
  const flags = dnssecOk ? "flags: do" : "flags:";
  return [`; EDNS: version: ${version}, ${flags}; udp: ${udpOctets}`, ...options.map(optionText)];
}

function optionText({ code, data }: EdnsOption): string {
  if (code === OPTION.COOKIE) return `; COOKIE: ${hexText(data).toLowerCase()}`;
  if (code === OPTION.EDE && data.length >= 2)
    return `; EDE: ${extendedErrorText(readU16(data, 0), utf8Text(data.slice(2)))}`;
  const name = code === OPTION.NSID ? "NSID" : `OPT=${code}`;
  const pairs = hexText(data)
    .toLowerCase()
    .replace(/..(?=.)/g, "$& ");
  return data === "" ? `; ${name}` : `; ${name}: ${pairs} (${quotedText(data)})`;
}

function extendedErrorText(code: number, extraText: string): string {
  const name = EXTENDED_ERRORS[code] ?? "Unknown";
  return extraText === "" ? `${code} (${name})` : `${code} (${name}): (${extraText})`;
}

/** By info code (RFC 8914 §5.2 and the registry). */
const EXTENDED_ERRORS = [
  "Other",
  "Unsupported DNSKEY Algorithm",
  "Unsupported DS Digest Type",
  "Stale Answer",
  "Forged Answer",
  "DNSSEC Indeterminate",
  "DNSSEC Bogus",
  "Signature Expired",
  "Signature Not Yet Valid",
  "DNSKEY Missing",
  "RRSIGs Missing",
  "No Zone Key Bit Set",
  "NSEC Missing",
  "Cached Error",
  "Not Ready",
  "Blocked",
  "Censored",
  "Filtered",
  "Prohibited",
  "Stale NXDOMAIN Answer",
  "Not Authoritative",
  "Not Supported",
  "No Reachable Authority",
  "Network Error",
  "Invalid Data",
  "Signature Expired before Valid",
  "Too Early",
  "Unsupported NSEC3 Iterations Value",
  "Unable to conform to policy",
  "Synthesized",
  "Invalid Query Type",
];

function sectionLines(section: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`;; ${section} SECTION:`, ...lines];
}

const TAB_COLUMNS = 8;
const NAME_COLUMNS = 24;

function questionText({ name, class: asked, type }: Question): string {
  return `${cell(`;${nameText(name)}`, NAME_COLUMNS + TAB_COLUMNS)}${cell(classText(asked))}${typeText(type)}`;
}

function recordText({ owner, ttl, class: recordClass, type, rdata }: MessageRecord): string {
  const head = [
    cell(nameText(owner), NAME_COLUMNS),
    cell(String(ttl)),
    cell(classText(recordClass)),
    cell(typeText(type)),
  ];
  return (head.join("") + rdataText(type, rdata)).trimEnd();
}

/** A text with the tabs that fill its columns, at least one. */
function cell(text: string, columns = TAB_COLUMNS): string {
  return text + "\t".repeat(Math.max(1, Math.ceil((columns - text.length) / TAB_COLUMNS)));
}

function classText(number: number): string {
  return keyOf(CLASS, number) ?? `CLASS${number}`;
}

function keyOf(numbers: Readonly<Record<string, number>>, number: number): string | undefined {
  return Object.keys(numbers).find((key) => numbers[key] === number);
}
