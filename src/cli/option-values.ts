import { InvalidArgumentError } from "commander";

/** Parsers for commander; what they refuse is a usage error. */

export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

export function collectPairs(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be key=value.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

export function toNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) throw new InvalidArgumentError("It must be a number.");
  return number;
}

export function toPeriod(text: string): number {
  const seconds = toNumber(text);
  if (seconds <= 0) throw new InvalidArgumentError("It must be greater than 0.");
  return seconds;
}
