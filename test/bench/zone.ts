export const ORIGIN = "bench.test";
const SERVICES = 200;
const RECORDS_PER_SRV = 8;

/** The static zone that every server answers from. */
export function zoneText(): string {
  const lines = ["$TTL 60", "@ SOA ns hostmaster 1 3600 600 86400 30", "@ NS ns", "ns A 192.0.2.1"];
  for (let s = 0; s < SERVICES; s++) {
    lines.push(`txt-${s} TXT "retries=3" "timeout=1.5s" "build=${s}"`);
    for (let i = 0; i < RECORDS_PER_SRV; i++) {
      lines.push(`_http._tcp.s-${s} SRV 10 2560 ${8000 + i} i-${i}.s-${s}`);
      lines.push(`i-${i}.s-${s} A 10.${s}.0.${i}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Queries by what they ask for, a line each, in the form dnsperf reads. */
export function queryMixes(): Readonly<Record<string, readonly string[]>> {
  const each = (line: (s: number) => string) => Array.from({ length: SERVICES }, (_, s) => line(s));
  const a = each((s) => `i-${s % RECORDS_PER_SRV}.s-${s}.${ORIGIN} A`);
  const srv = each((s) => `_http._tcp.s-${s}.${ORIGIN} SRV`);
  const txt = each((s) => `txt-${s}.${ORIGIN} TXT`);
  const nxdomain = each((s) => `no-${s}.${ORIGIN} A`);
  return {
    A: a,
    "SRV of 8": srv,
    TXT: txt,
    NXDOMAIN: nxdomain,
    mixed: a.flatMap((line, s) => [line, srv[s]!, txt[s]!, nxdomain[s]!]),
  };
}
