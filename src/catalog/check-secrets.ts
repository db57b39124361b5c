import type { Check } from "./check.ts";

/** What stands for a secret where a check is shown. */
const MASK = "***";

/** Headers whose values are no secrets; of any other they may be, whatever its name. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  ...["accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host", "origin", "user-agent"],
]);

/** The check as it may be shown: header values, a client's key and a URL's password masked. */
export function masked(check: Check): Check {
  let shown = check;
  if (shown.kind === "http") {
    const headers = Object.entries(shown.headers ?? {}).map(([name, value]) => [name, isSecret(name) ? MASK : value]);
    shown = { ...shown, url: shown.url.replace(PASSWORD, `$1${MASK}@`) };
    if (headers.length > 0) shown = { ...shown, headers: Object.fromEntries(headers) };
  }
  return "tls" in shown && shown.tls?.key !== undefined ? { ...shown, tls: { ...shown.tls, key: MASK } } : shown;
}

/** True when a mask stands where a secret would: the check was read here, and its secrets were not filled in again. */
export function isMasked(check: Check): boolean {
  if ("tls" in check && check.tls?.key === MASK) return true;
  if (check.kind !== "http") return false;
  return PASSWORD.exec(check.url)?.[2] === MASK || Object.values(check.headers ?? {}).includes(MASK);
}

/**
 * Texts that must not show in what a probe says, longest first: an instance may echo what it was asked with. Of
 * `Bearer abc` the credentials alone too (RFC 9110 §11.4), and the query of a URL, which may hold a token.
 */
export function secretTexts(check: Check): readonly string[] {
  if (check.kind !== "http") return [];
  const [, , password = ""] = PASSWORD.exec(check.url) ?? [];
  const [, query = ""] = /\?([^#]*)/.exec(check.url) ?? [];
  const values = Object.entries(check.headers ?? {}).flatMap(([name, value]) => (isSecret(name) ? [value] : []));
  const credentials = values.flatMap((value) => value.split(/[\s,;]+/).slice(1));
  return [password, query, ...values, ...credentials]
    .filter((text) => text.length >= SECRET_CHARACTERS_MIN)
    .sort((a, b) => b.length - a.length);
}

/** The text with every one of these secrets masked. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
}

/** Shorter ones are no secrets, and would riddle what they occur in by chance. */
const SECRET_CHARACTERS_MIN = 4;
const PASSWORD = /^(https?:\/\/[^/?#@:]*:)([^/?#@]*)@/i;

function isSecret(header: string): boolean {
  return !PUBLIC_HEADERS.has(header);
}
