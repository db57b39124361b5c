/** The IANA registries' numbers that Muster speaks of. Names of RR types live with their RDATA forms in rdata.ts. */

export const CLASS = { IN: 1, CH: 3, NONE: 254, ANY: 255 } as const;

export const OPCODE = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5 } as const;

export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  BADCOOKIE: 23,
} as const;

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  TLSA: 52,
  SVCB: 64,
  HTTPS: 65,
  NXNAME: 128,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const;

/** Extended DNS Error codes (RFC 8914 §4, RFC 9824). */
export const EDE = {
  OTHER: 0,
  STALE_ANSWER: 3,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_READY: 14,
  NOT_SUPPORTED: 21,
  INVALID_DATA: 24,
  INVALID_QUERY_TYPE: 30,
} as const;

/** EDNS option codes. */
export const OPTION = {
  NSID: 3,
  CLIENT_SUBNET: 8,
  EXPIRE: 9,
  COOKIE: 10,
  KEEPALIVE: 11,
  PADDING: 12,
  EDE: 15,
  ZONEVERSION: 19,
} as const;

export const HEADER_OCTETS = 12;
export const MESSAGE_OCTETS_MAX = 65_535;
export const UDP_OCTETS_MIN = 512;
/** What we send over UDP at most, and announce (RFC 9715 §3). */
export const UDP_OCTETS_MAX = 1232;
export const TTL_SECONDS_MAX = 0x7fff_ffff;
