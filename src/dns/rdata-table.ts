/**
 * RR types whose RDATA Muster reads and writes as text: one row each. A new type is a row here, and a new form of field
 * one entry in rdata-fields.ts.
 */

export type FieldKind =
  | "compressibleName"
  | "name"
  | "u8"
  | "u16"
  | "u32"
  | "seconds"
  | "time"
  | "ipv4"
  | "ipv6"
  | "string"
  | "strings"
  | "text"
  | "tag"
  | "hex"
  | "base64"
  | "salt"
  | "hash"
  | "type"
  | "types"
  | "algorithm"
  | "certificateType"
  | "svcParams"
  | "location"
  | "eui48"
  | "eui64"
  | "locator64";

export interface TypeRow {
  readonly mnemonic: string;
  readonly number: number;
  /** The RDATA's fields in wire order, under the names their RFC gives them. */
  readonly fields: Readonly<Record<string, FieldKind>>;
  /** True when records of the first name in the RDATA belong in Additional. */
  readonly hasAdditional: boolean;
}

const row = (mnemonic: string, number: number, fields: TypeRow["fields"], hasAdditional = false): TypeRow => ({
  mnemonic,
  number,
  fields,
  hasAdditional,
});

const text = { "txt-data": "strings" } as const;
const address64 = { preference: "u16", locator: "locator64" } as const;
const dnskey = { flags: "u16", protocol: "u8", algorithm: "algorithm", "public key": "base64" } as const;
const ds = { "key tag": "u16", algorithm: "algorithm", "digest type": "u8", digest: "hex" } as const;
const tlsa = { usage: "u8", selector: "u8", "matching type": "u8", "certificate association data": "hex" } as const;
const svcb = { SvcPriority: "u16", TargetName: "name", SvcParams: "svcParams" } as const;
const rrsig = {
  "type covered": "type",
  algorithm: "algorithm",
  labels: "u8",
  "original TTL": "u32",
  expiration: "time",
  inception: "time",
  "key tag": "u16",
  "signer's name": "name",
  signature: "base64",
} as const;

const ROWS: readonly TypeRow[] = [
  row("A", 1, { address: "ipv4" }),
  row("NS", 2, { nsdname: "compressibleName" }, true),
  row("CNAME", 5, { cname: "compressibleName" }),
  row("SOA", 6, {
    mname: "compressibleName",
    rname: "compressibleName",
    serial: "u32",
    refresh: "seconds",
    retry: "seconds",
    expire: "seconds",
    minimum: "seconds",
  }),
  row("MB", 7, { madname: "compressibleName" }),
  row("MG", 8, { mgmname: "compressibleName" }),
  row("MR", 9, { newname: "compressibleName" }),
  row("PTR", 12, { ptrdname: "compressibleName" }, true),
  row("HINFO", 13, { cpu: "string", os: "string" }),
  row("MINFO", 14, { rmailbx: "compressibleName", emailbx: "compressibleName" }),
  row("MX", 15, { preference: "u16", exchange: "compressibleName" }, true),
  row("TXT", 16, text),
  row("RP", 17, { "mbox-dname": "name", "txt-dname": "name" }),
  row("AFSDB", 18, { subtype: "u16", hostname: "name" }, true),
  row("X25", 19, { "psdn-address": "string" }),
  row("RT", 21, { preference: "u16", "intermediate-host": "name" }, true),
  row("SIG", 24, rrsig),
  row("KEY", 25, dnskey),
  row("PX", 26, { preference: "u16", map822: "name", mapx400: "name" }),
  row("GPOS", 27, { longitude: "string", latitude: "string", altitude: "string" }),
  row("AAAA", 28, { address: "ipv6" }),
  row("LOC", 29, { location: "location" }),
  row("SRV", 33, { priority: "u16", weight: "u16", port: "u16", target: "name" }, true),
  row("NAPTR", 35, {
    order: "u16",
    preference: "u16",
    flags: "string",
    services: "string",
    regexp: "string",
    replacement: "name",
  }),
  row("KX", 36, { preference: "u16", exchanger: "name" }, true),
  row("CERT", 37, { type: "certificateType", "key tag": "u16", algorithm: "algorithm", certificate: "base64" }),
  row("DNAME", 39, { target: "name" }),
  row("DS", 43, ds),
  row("SSHFP", 44, { algorithm: "u8", "fingerprint type": "u8", fingerprint: "hex" }),
  row("RRSIG", 46, rrsig),
  row("NSEC", 47, { "next domain name": "name", types: "types" }),
  row("DNSKEY", 48, dnskey),
  row("DHCID", 49, { digest: "base64" }),
  row("NSEC3", 50, {
    "hash algorithm": "u8",
    flags: "u8",
    iterations: "u16",
    salt: "salt",
    "next hashed owner name": "hash",
    types: "types",
  }),
  row("NSEC3PARAM", 51, { "hash algorithm": "u8", flags: "u8", iterations: "u16", salt: "salt" }),
  row("TLSA", 52, tlsa),
  row("SMIMEA", 53, tlsa),
  row("TALINK", 58, { "previous name": "name", "next name": "name" }),
  row("CDS", 59, ds),
  row("CDNSKEY", 60, dnskey),
  row("OPENPGPKEY", 61, { key: "base64" }),
  row("CSYNC", 62, { serial: "u32", flags: "u16", types: "types" }),
  row("ZONEMD", 63, { serial: "u32", scheme: "u8", "hash algorithm": "u8", digest: "hex" }),
  row("SVCB", 64, svcb, true),
  row("HTTPS", 65, svcb, true),
  row("SPF", 99, text),
  row("NID", 104, address64),
  row("L32", 105, { preference: "u16", locator: "ipv4" }),
  row("L64", 106, address64),
  row("LP", 107, { preference: "u16", fqdn: "name" }),
  row("EUI48", 108, { address: "eui48" }),
  row("EUI64", 109, { address: "eui64" }),
  row("URI", 256, { priority: "u16", weight: "u16", target: "text" }),
  row("CAA", 257, { flags: "u8", tag: "tag", value: "text" }),
  row("AVC", 258, text),
  row("RESINFO", 261, text),
  row("WALLET", 262, text),
];

/** Types known by name only: the meta and query types of RFC 6895 §3.1, and those whose RDATA is written as RFC 3597 has it. */
const NAMES_ONLY: Readonly<Record<string, number>> = {
  NULL: 10,
  OPT: 41,
  APL: 42,
  IPSECKEY: 45,
  HIP: 55,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
};

/** The rows by type number. */
export const TYPE_ROWS: ReadonlyMap<number, TypeRow> = new Map(ROWS.map((type) => [type.number, type]));

/** Every mnemonic with its number. */
export const MNEMONICS: readonly (readonly [mnemonic: string, number: number])[] = [
  ...ROWS.map((type) => [type.mnemonic, type.number] as const),
  ...Object.entries(NAMES_ONLY),
];
