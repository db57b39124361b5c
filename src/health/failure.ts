import type { Check } from "../catalog/check.ts";
import { cut } from "./cut.ts";

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
  ENOENT: "no such program",
  EACCES: "permission denied",
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
