/** True when serial `a` is newer than `b` (RFC 1982 §3.2); false when they differ by exactly 2^31, where neither is. */
export function isNewer(a: number, b: number): boolean {
  const ahead = (a - b) >>> 0;
  return ahead > 0 && ahead < 2 ** 31;
}
