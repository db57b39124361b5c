import { isIPv6 } from "node:net";
import type { Check, Registration } from "../catalog/model.ts";

/** Outputs and reasons are cut to this: they are kept, stored and published. */
const OUTPUT_OCTETS_MAX = 4096;

export type CheckOf<K extends Check["kind"]> = Extract<Check, { kind: K }>;

/** What a probe is aimed at: a check, and the instance's own first ones for a check that names no host or port. */
export interface Target<C extends Check = Check> {
  readonly check: C;
  /** A host name, or an address without brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** What one probe found. `asked` is what it really turned to, in words for people: it holds no secret. */
export type ProbeResult =
  | { readonly kind: "passing"; readonly asked: string; readonly output: string; readonly latencyMs: number }
  | { readonly kind: "warning"; readonly asked: string; readonly output: string; readonly latencyMs: number }
  | { readonly kind: "failing"; readonly asked: string; readonly reason: string };

/** Looks once. It never rejects: a failure is a result, and so is an abort, which means that the time is over. */
export type Probe<C extends Check = Check> = (target: Target<C>, signal: AbortSignal) => Promise<ProbeResult>;

export type Probes = { readonly [K in Check["kind"]]: Probe<CheckOf<K>> };

export function targetOf(check: Check, registration: Registration): Target {
  const { host, addresses, ports } = registration;
  return { check, host: host ?? addresses[0] ?? "", port: ports[0]?.port };
}

/** `host:port`, with brackets around an IPv6 address (RFC 3986 §3.2.2). */
export function authority(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The text, cut to 4 KiB of UTF-8. */
export function cut(text: string): string {
  const octets = Buffer.from(text);
  if (octets.length <= OUTPUT_OCTETS_MAX) return text;
  // The ellipsis is three octets; a character cut in two would end as U+FFFD.
  return `${octets.toString("utf8", 0, OUTPUT_OCTETS_MAX - 3).replace(/\uFFFD$/, "")}…`;
}

/** Words for people, by an error's message where the code says too little, else by its code. */
const REASONS: Readonly<Record<string, string>> = {
  "socket hang up": "connection closed before an answer",
  aborted: "connection closed within the answer",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EPIPE: "connection closed before an answer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network unreachable",
  ETIMEDOUT: "connection timed out",
  EADDRNOTAVAIL: "address not available from here",
  ENOTFOUND: "host name not found",
  EAI_AGAIN: "host name lookup failed",
  HPE_HEADER_OVERFLOW: "answer's header is too large",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate's authority is not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate's authority is not known",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate's authority is not known",
  CERT_HAS_EXPIRED: "certificate has expired",
  CERT_NOT_YET_VALID: "certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate is for another name",
  EPROTO: "no TLS there",
  ERR_SSL_WRONG_VERSION_NUMBER: "no TLS there",
};

/** Why a probe failed, in words for people. */
export function failureOf(error: unknown, check: Check, signal: AbortSignal): string {
  if (signal.aborted) return `timed out after ${check.timeoutSeconds} s`;
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  const reason = REASONS[message] ?? REASONS[code];
  if (reason !== undefined) return reason;
  return code.startsWith("HPE_") ? "not an HTTP answer" : cut(message || code);
}
