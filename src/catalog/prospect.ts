/** What may change next in what is answered of a service, so that no answer is held for longer. */
export interface Prospect {
  readonly kind: ProspectKind;
  /** Whose it is: for want of room another service may share the deadline of the one that was asked about. */
  readonly service: string;
  /** Whole seconds until then, as answers are held. */
  readonly seconds: number;
}

export type ProspectKind =
  /** A check has begun to fail, and may decide. */
  | "verdict"
  /** These end. */
  | "lease"
  | "leaderLease"
  | "maintenance"
  | "draining"
  | "brake"
  /** A critical instance goes, or has fallen too long ago for the policy last. */
  | "deregistration"
  | "stale";

/** The same for people, fit behind "shortened by". */
export function prospectText({ kind, service, seconds }: Prospect): string {
  return `${TEXTS[kind]} of ${service} in ${seconds} s`;
}

const TEXTS: Readonly<Record<ProspectKind, string>> = {
  verdict: "the next verdict of a failing check",
  lease: "the end of a lease",
  leaderLease: "the end of the leader lease",
  maintenance: "the end of a maintenance",
  draining: "the end of a drain",
  brake: "the end of a brake",
  deregistration: "the deregistration of a critical instance",
  stale: "the policy last, which gives up an instance",
};
