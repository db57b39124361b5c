import { EDE } from "../dns/numbers.ts";
import { type ExtendedError, MARK_CNAME, type Node, type Notes } from "../zone/node.ts";
import type { Census } from "./census.ts";
import type { FailurePolicy, Instance } from "./model.ts";
import { isAnswered, type Rule, ruleOf } from "./rule.ts";
import type { Scheme } from "./scheme.ts";

/** What the records of a group follow besides its instances. */
export interface GroupPolicy {
  readonly failurePolicy: FailurePolicy;
  readonly ttl: number;
  readonly negativeTtl: number;
  readonly scheme: Scheme;
}

/** An instance and its own node, which holds its addresses and the SRV of its first port. */
export interface Member {
  readonly instance: Instance;
  readonly node: Node;
}

/** What became of a member: it came, went or changed. */
export interface Change {
  readonly before: Member | undefined;
  readonly after: Member | undefined;
}

/** The instances that a name speaks of: a service's, or those that bear one of its tags. */
export interface Group {
  readonly census: Census;
  readonly rule: Rule;
  readonly notes: Notes;
  readonly policy: GroupPolicy;
  /** The group's node as it was; undefined when its records are derived anew. */
  readonly known: Node | undefined;
  /** What became of the members since; all of them came where nothing is known. */
  readonly changes: readonly Change[];
  /** The same of those that are answered. */
  readonly answered: readonly Change[];
  /** Every instance, in order of id. To be walked until something is found, and not to the end. */
  readonly registered: () => Iterable<Instance>;
}

/**
 * The group of these members, whose records are those of the `known` node but for what `changes` makes of them; or are
 * derived anew, from `members`, where other members are answered by now, or a CNAME took the place of what is needed.
 */
export function groupOf(
  basis: Pick<Group, "census" | "known" | "changes" | "policy" | "registered">,
  what: string,
  members: () => readonly Member[],
): Group {
  const rule = ruleOf(basis.census, basis.policy.failurePolicy);
  const notes = notesOf(rule, what, basis.policy);
  const known = isAdvanced(basis.known, notes) ? basis.known : undefined;
  const changes = known === undefined ? members().map((after) => ({ before: undefined, after })) : basis.changes;
  const ifAnswered = (member: Member | undefined) => (member && isAnswered(member.instance, rule) ? member : undefined);
  const answered = changes.map(({ before, after }) => ({ before: ifAnswered(before), after: ifAnswered(after) }));
  return { ...basis, rule, notes, known, changes, answered };
}

/** True when the records of a node can be those of a group with these notes, but for what became of single members. */
export function isAdvanced(known: Node | undefined, notes: Notes): known is Node {
  return known !== undefined && known.notes?.ede?.text === notes.ede?.text && (known.marks & MARK_CNAME) === 0;
}

/** What goes with the answers of a group: its negative TTL, and why they are not simply the instances that pass. */
export function notesOf(rule: Rule, what: string, { negativeTtl }: GroupPolicy): Notes {
  switch (rule) {
    case "up":
      return { negativeTtl };
    case "failOpen":
      return { negativeTtl, ede: other(`no instance of ${what} passes: answering all that did (failure policy all)`) };
    case "failClosed":
      return { negativeTtl, ede: other(`no instance of ${what} passes (failure policy none)`) };
    case "notReady":
      return { negativeTtl, ede: { code: EDE.NOT_READY, text: `no instance of ${what} has passed yet` } };
    case "out":
      return { negativeTtl, ede: other(`all instances of ${what} are draining or in maintenance`) };
    case "empty":
      return { negativeTtl, ede: other(`${what} has no instances`) };
  }
}

function other(text: string): ExtendedError {
  return { code: EDE.OTHER, text };
}
