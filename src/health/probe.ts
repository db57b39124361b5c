import { isIPv6 } from "node:net";
import type { Check, CheckEndpoint, CheckKind, CheckOf } from "../catalog/check.ts";
import type { Registration } from "../catalog/model.ts";
import { cut } from "./cut.ts";
import { failureOf } from "./failure.ts";

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

export type Probes = { readonly [K in CheckKind]: Probe<CheckOf<K>> };

/** What a look saw, in words for people. */
export interface Finding {
  readonly kind: ProbeResult["kind"];
  readonly output: string;
}

/** The frame of every probe: times the look, cuts its words, and puts into words why there was nothing to see. */
export async function probing(
  asked: string,
  check: Check,
  signal: AbortSignal,
  look: () => Finding | Promise<Finding>,
): Promise<ProbeResult> {
  const startedMs = performance.now();
  try {
    const { kind, output } = await look();
    if (kind === "failing") return { kind, asked, reason: cut(output) };
    return { kind, asked, output: cut(output), latencyMs: performance.now() - startedMs };
  } catch (error) {
    return { kind: "failing", asked, reason: failureOf(error, check, signal) };
  }
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A probe of one endpoint: the check's own, or else the instance's. `look` rejects when it could see nothing. */
export function endpointProbe<C extends Check & CheckEndpoint>(
  look: (at: Endpoint, check: C, signal: AbortSignal) => Promise<Finding>,
): Probe<C> {
  return async (target, signal) => {
    const { check } = target;
    const host = check.address ?? target.host;
    const port = check.port ?? target.port;
    if (port === undefined) return { kind: "failing", asked: host, reason: "neither check nor instance names a port" };
    return probing(authority(host, port), check, signal, () => look({ host, port }, check, signal));
  };
}

export function targetOf(check: Check, registration: Registration): Target {
  const { host, addresses, ports } = registration;
  return { check, host: host ?? addresses[0] ?? "", port: ports[0]?.port };
}

/** `host:port`, with brackets around an IPv6 address (RFC 3986 §3.2.2). */
export function authority(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
