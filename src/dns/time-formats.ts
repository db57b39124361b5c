const UNIT_SECONDS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };

/** Seconds as a plain number or in units, as in 1h30m; undefined for anything else. */
export function parseSeconds(text: string): number | undefined {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  if (!/^(?:[0-9]{1,10}[wdhms])+$/i.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, unit] of text.toLowerCase().matchAll(/([0-9]+)([wdhms])/g)) {
    seconds += Number(count) * UNIT_SECONDS[unit!]!;
  }
  return seconds;
}

/** Seconds since 1970 from YYYYMMDDHHmmSS in UTC, or from a plain number below 2^32 (RFC 4034 §3.2). */
export function parseTimestamp(text: string): number | undefined {
  if (/^[0-9]{1,10}$/.test(text)) return Number(text) <= 0xffff_ffff ? Number(text) : undefined;
  const digits = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$/.exec(text);
  if (!digits) return undefined;
  const [year, month, day, hour, minute, second] = digits.slice(1).map(Number) as [number, number, ...number[]];
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  // Date.UTC carries a 31st of June over into July: a date that is none comes back as another.
  return seconds >= 0 && seconds <= 0xffff_ffff && timestampText(seconds) === text ? seconds : undefined;
}

/** YYYYMMDDHHmmSS in UTC. */
export function timestampText(seconds: number): string {
  return new Date(seconds * 1000)
    .toISOString()
    .slice(0, 19)
    .replace(/[^0-9]/g, "");
}
