import { LABEL_OCTETS_MAX, type Name, nameOf } from "../dns/name.ts";
import type { Protocol } from "./model.ts";
import type { TtlPolicy } from "./service-ttl.ts";

/** What the naming scheme takes from the settings. */
export interface Scheme extends TtlPolicy {
  /** The discovery zone's origin, folded. */
  readonly zone: Name;
  readonly negativeTtlSeconds: number;
  /** Records of one generated RRset in one answer at most. */
  readonly maxAnswers: number;
  /** Whether `_status` and `_why` are published. */
  readonly diagnostics: boolean;
  /** Origins of the zones that hold a PTR for each instance address, folded. */
  readonly reverseZones: readonly Name[];
}

export const PROTOCOLS: readonly Protocol[] = ["tcp", "udp"];

/** `<id>.i.<service>.<zone>`: the name of one instance and the target of its SRV records. */
export function instanceName(service: string, id: string, scheme: Scheme): Name {
  return nameOf([id, "i", service], scheme.zone);
}

/** `_http` of `http`: a label of RFC 2782 or RFC 6763; undefined when the underscore makes it too long. */
export function underscored(name: string): string | undefined {
  return name.length < LABEL_OCTETS_MAX ? `_${name}` : undefined;
}
