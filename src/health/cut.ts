/** Outputs and reasons are cut to this: they are kept, stored and published. */
const OUTPUT_OCTETS_MAX = 4096;

/** The text, cut to 4 KiB of UTF-8. */
export function cut(text: string): string {
  const octets = Buffer.from(text);
  if (octets.length <= OUTPUT_OCTETS_MAX) return text;
  // The ellipsis is three octets; a character cut in two would end as U+FFFD.
  return `${octets.toString("utf8", 0, OUTPUT_OCTETS_MAX - 3).replace(/\uFFFD$/, "")}…`;
}

/** The first line that is not empty, for people: what cannot be printed shows as a dot. */
export function firstLine(text: string): string {
  const [line = ""] = text.trimStart().split(/[\r\n]/, 1);
  return line.trimEnd().replaceAll(/\p{Cc}/gu, "·");
}
