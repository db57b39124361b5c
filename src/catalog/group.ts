import { MARK_CNAME, type Node, type Notes } from "../zone/node.ts";
import { censusBefore } from "./census.ts";
import { instanceNode } from "./instance-records.ts";
import type { Instance, SelectionKind } from "./model.ts";
import { censusOf } from "./party.ts";
import { answeredBy, isAnswered, isSameRule, type Ruling } from "./rule.ts";
import { notesOf } from "./ruling-notes.ts";
import type { Scheme } from "./scheme.ts";
import type { Service } from "./service.ts";
import { ttlSecondsOf } from "./service-ttl.ts";
import { wireWeightOf } from "./weight.ts";

/** What the records of a group follow besides its instances. */
export interface GroupPolicy {
  readonly ttl: number;
  readonly negativeTtl: number;
  readonly selection: SelectionKind | undefined;
  /** Records of one RRset in one answer at most. */
  readonly maxAnswers: number;
  /** As of the service's settings. */
  readonly warningWeight: number | undefined;
  readonly scheme: Scheme;
}

export function policyOf({ name, settings }: Service, scheme: Scheme): GroupPolicy {
  return {
    ttl: ttlSecondsOf(name, settings, scheme),
    negativeTtl: settings.negativeTtlSeconds ?? scheme.negativeTtlSeconds,
    selection: settings.selection,
    maxAnswers: settings.maxAnswers ?? scheme.maxAnswers,
    warningWeight: settings.warningWeight,
    scheme,
  };
}

/** An instance as others see it. */
export interface Member {
  readonly instance: Instance;
  /** Holds its addresses and the SRV of its first port. */
  readonly node: Node;
  /** On the wire. */
  readonly weight: number;
}

/** What became of an instance, or of a member: it came, went or changed. */
export interface Change<T = Member> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** The instances that a name speaks of: a service's, or those that bear one of its tags. */
export interface Group {
  readonly ruling: Ruling;
  readonly notes: Notes;
  readonly policy: GroupPolicy;
  /** The group's node as it was; undefined when its records are derived anew. */
  readonly known: Node | undefined;
  /** What became of the members since; all of them came where nothing is known. */
  readonly changes: readonly Change[];
  /** The same of those that are answered, which under failover are others. */
  readonly answered: readonly Change[];
}

/**
 * The group of these members, whose records are those of the `known` node but for what `changes` makes of them; where that
 * is undefined all of them came.
 */
export function groupOf(basis: Pick<Group, "ruling" | "known" | "changes" | "policy">): Group {
  const { ruling, policy } = basis;
  const ifAnswered = (member: Member | undefined) =>
    member && isAnswered(member.instance, ruling) ? member : undefined;
  const answered =
    ruling.failover === undefined
      ? basis.changes.map(({ before, after }) => ({ before: ifAnswered(before), after: ifAnswered(after) }))
      : standIns(ruling, policy);
  return { ...basis, notes: notesOf(ruling, policy.negativeTtl), answered };
}

/** Those of another party who are answered in place of the group's own: derived from what they are registered as. */
function standIns(ruling: Ruling, { scheme }: GroupPolicy): Change[] {
  const policy = policyOf(ruling.failover!.service, scheme);
  return Array.from(answeredBy(ruling), (instance) => {
    const node = instanceNode(instance, policy);
    return { before: undefined, after: memberOf(instance, node, policy) };
  });
}

export function memberOf(instance: Instance, node: Node, policy: GroupPolicy): Member {
  return { instance, node, weight: wireWeightOf(instance, policy) };
}

/**
 * The node from which the records of a group can be advanced, by what became of single instances; or undefined, where others
 * are answered too by now, or a CNAME took the place of what is needed.
 */
export function advancedFrom(
  known: Node | undefined,
  { party }: Ruling,
  changes: Iterable<Change<Instance>>,
): Node | undefined {
  if (known === undefined || (known.marks & MARK_CNAME) !== 0) return undefined;
  const census = censusOf(party);
  return isSameRule(censusBefore(census, changes), census, party.service.settings) ? known : undefined;
}
