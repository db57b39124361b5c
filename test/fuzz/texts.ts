import { parseMasterFile } from "../../src/dns/master-file.ts";
import { entriesOf } from "../../src/dns/master-tokens.ts";
import { decodeMessage } from "../../src/dns/message.ts";
import { messageText } from "../../src/dns/message-text.ts";
import { foldName, NAME_OCTETS_MAX, NameError, nameEnd, nameText, parseName, readName } from "../../src/dns/name.ts";
import { octetsOf } from "../../src/dns/octets.ts";
import { parseRdata, rdataText, targetOf } from "../../src/dns/rdata.ts";
import { TYPE_ROWS } from "../../src/dns/rdata-table.ts";
import { RdataError } from "../../src/dns/rdata-tokens.ts";
import { typeText } from "../../src/dns/type-names.ts";
import { mutateOctets, mutateText } from "./mutate.ts";
import { attackQuery } from "./queries.ts";
import type { Random } from "./random.ts";
import { must, type Target, withInput } from "./target.ts";
import { RECORDS_TEXT, ZONE_TEXT } from "./world.ts";

const ORIGIN = parseName("z.test.");
const TYPES = [...TYPE_ROWS.keys(), 731];
const LINES = `${ZONE_TEXT}${RECORDS_TEXT}`.split("\n");

/** A master file is read whole, whatever is in it: records that are sound, and problems that say where. */
export function masterFileTarget(parse: typeof parseMasterFile = parseMasterFile): Target {
  return {
    name: "master files",
    attack(random) {
      const lines = Array.from({ length: 1 + random.below(6) }, () => random.pick(LINES));
      const text = mutateText(random, lines.join("\n"), 6);
      const readInclude = () => ({ kind: "refused", reason: "it is not there" }) as const;
      withInput(text, () => {
        const { records, problems } = parse(text, { file: "f", origin: ORIGIN, defaultTtl: 60, readInclude });
        const lineCount = text.split("\n").length;
        for (const { line, column } of [...records, ...problems]) {
          must(line >= 1 && line <= lineCount && column >= 1, `must point into the file: got ${line}:${column}`);
        }
        for (const { owner, type, rdata, ttl } of records) {
          checkName(owner);
          must(ttl >= 0 && ttl <= 0x7fff_ffff, `must have a TTL of 31 bits: got ${ttl}`);
          checkRdata(type, rdata, true);
        }
      });
    },
  };
}

/** A text is a name that reads back as itself, or a NameError. */
export function nameTextTarget(parse: typeof parseName = parseName): Target {
  return {
    name: "name texts",
    attack(random) {
      const text = mutateText(random, nameText(parseName(random.pick(["a.b.c.", "\\000\\.x.", "@", ".", "x"]))), 6);
      withInput(text, () => {
        try {
          checkName(parse(text, random.oneIn(2) ? ORIGIN : undefined));
        } catch (error) {
          if (!(error instanceof NameError)) throw error;
        }
      });
    },
  };
}

/** Names and whole messages are read out of any octets without an exception. */
export function octetsTarget(read: typeof readName = readName): Target {
  return {
    name: "octets",
    attack(random) {
      const octets = random.oneIn(2) ? attackQuery(random) : Uint8Array.from(mutateOctets(random, [], 8));
      withInput(octets, () => {
        const at = random.below(octets.length + 1);
        const name = read(octets, at);
        if (name !== undefined) checkName(name);
        must(nameEnd(octets, at) <= octets.length, "must end a name within the message");
        const message = decodeMessage(octets);
        if (message !== undefined) must(messageText(message) !== "", "must print what it decodes");
      });
    },
  };
}

/** RDATA reads back from its text as itself; text that is no RDATA is an RdataError. */
export function rdataTarget(text: typeof rdataText = rdataText): Target {
  return {
    name: "RDATA",
    attack(random) {
      const type = random.pick(TYPES);
      const octets = Uint8Array.from(mutateOctets(random, seedRdata(random, type), 5));
      withInput(octets, () => {
        const rdata = octetsOf(octets);
        targetOf(type, rdata);
        checkRdata(type, rdata, false, text);
      });
    },
  };
}

/** The octets of sound RDATA of a type, where the zone texts have some. */
export function seedRdata(random: Random, type: number): number[] {
  const samples = SAMPLES.get(type);
  return samples === undefined ? [] : Array.from(random.pick(samples), (char) => char.charCodeAt(0));
}

const SAMPLES: ReadonlyMap<number, readonly string[]> = samplesOf(ZONE_TEXT + RECORDS_TEXT);

function samplesOf(text: string): Map<number, string[]> {
  const readInclude = () => ({ kind: "refused", reason: "it is not there" }) as const;
  const { records, problems } = parseMasterFile(text, { file: "f", origin: ORIGIN, readInclude });
  if (problems[0] !== undefined) throw new Error(`${problems[0].line}: ${problems[0].message}`);
  const samples = new Map<number, string[]>();
  for (const { type, rdata } of records) samples.set(type, [...(samples.get(type) ?? []), rdata]);
  return samples;
}

function checkName(name: string): void {
  must(name.length <= NAME_OCTETS_MAX && name.endsWith("\0"), `must be a name: got ${name.length} octets`);
  must(parseName(nameText(name)) === name, `must read back as itself: got ${nameText(name)}`);
  const folded = foldName(name);
  must(folded.length === name.length && foldName(folded) === folded, "must fold once and keep its length");
}

/** `isFit` for RDATA that was read out of text: it then has its type's own form. */
function checkRdata(type: number, rdata: string, isFit: boolean, text = rdataText): void {
  const presented = text(type, rdata);
  const tokens = [...entriesOf(presented)].flatMap((entry) => entry.tokens);
  try {
    const back = parseRdata(type, tokens, undefined);
    must(back === rdata, `must read back as itself: got ${typeText(type)} ${presented}`);
  } catch (error) {
    if (!(error instanceof RdataError)) throw error;
    must(
      !isFit && presented.startsWith("\\#"),
      `must be readable: got ${typeText(type)} ${presented}: ${error.message}`,
    );
  }
}
