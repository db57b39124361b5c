import type { Packet } from "dns2";
import { labelText } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { octetsOf, utf8 } from "../dns/octets.ts";
import { rdataText } from "../dns/rdata.ts";
import { quotedText } from "../dns/text-encodings.ts";
import { typeText } from "../dns/type-names.ts";
import type { RecordText } from "./question.ts";

type Resource = Packet["answers"][number];

/** A record as dns2 decoded it, in presentation form. */
export function recordText(record: Resource): RecordText {
  return { name: escaped(record.name), ttl: record.ttl, type: typeText(record.type), rdata: rdataOf(record) };
}

/** dns2 has a field of its own for each type it knows; the others stay octets. */
function rdataOf(record: Resource): string {
  switch (record.type) {
    case TYPE.A:
    case TYPE.AAAA:
      return record.address!;
    case TYPE.NS:
      return escaped(record.ns!);
    case TYPE.CNAME:
    case TYPE.PTR:
      return escaped(record.domain!);
    case TYPE.MX:
      return `${record.priority} ${escaped(record.exchange!)}`;
    case TYPE.SRV:
      return `${record.priority} ${record.weight} ${record.port} ${escaped(record.target!)}`;
    case TYPE.SOA: {
      const { serial, refresh, retry, expiration, minimum } = record;
      return [escaped(record.primary!), escaped(record.admin!), serial, refresh, retry, expiration, minimum].join(" ");
    }
    case TYPE.CAA:
      return `${record.flags} ${record.tag} ${quotedText(utf8(record.value!))}`;
    case TYPE.DNSKEY: {
      const { flags, protocol, algorithm, key } = record as unknown as Record<string, unknown>;
      return [flags, protocol, algorithm, key].join(" ");
    }
    default:
      if (Array.isArray(record.data)) return record.data.map((string) => quotedText(utf8(string))).join(" ");
      return rdataText(record.type, octetsOf(record.data as unknown as Uint8Array));
  }
}

/** dns2 joins labels with dots as they are. */
function escaped(name: string): string {
  return `${name.split(".").map(labelText).join(".")}.`;
}
