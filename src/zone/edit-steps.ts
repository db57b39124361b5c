import type { Draw } from "./rrset.ts";

/**
 * What crosses from a snapshot to its replica: steps of a walk through the trees, as numbers and texts, each read in the
 * order in which it was written. Two flat arrays are cloned several times faster than as many objects.
 *
 * A zone or a child is opened, changed by the steps that follow, and ended; what no step speaks of stays as it was.
 */
export interface EditPart {
  readonly numbers: readonly number[];
  /** Names, labels and RDATA, as octets. */
  readonly texts: readonly string[];
  /** The edit is complete with this part: what it made may be answered from. */
  readonly isLast: boolean;
}

/** Each step, followed by what it takes: `#` is a number, `""` a text. */
export const STEP = {
  /** "origin" "label of the apex" #serial: opens the apex of a zone, of a new one where there is none of this origin. */
  zone: 0,
  /** "origin" */
  zoneGone: 1,
  /** "label": opens a child, a new one where there is none of this label. */
  child: 2,
  /** #index: a child that is a node which this edit has ended already. */
  knownChild: 3,
  /** "folded label" */
  childGone: 4,
  /** #count, and so many RRsets: all that the open node has. */
  rrsets: 5,
  /** #negativeTtl #deadlinePlace #code, each -1 where there is none, and with a code "text". */
  notes: 6,
  end: 7,
} as const;

/** How an RRset is told. */
export const FORM = {
  /** #index among those that the open node had. */
  kept: 0,
  /** #index among what this edit has told already. */
  known: 1,
  /** #type #ttl selection #count, and so many RDATA. */
  whole: 2,
  /** #type #ttl selection, #index among those that the open node had, #count and the counts of splices, their values. */
  spliced: 3,
} as const;

/** The selection of an RRset that has none. Else it is #max #draw, and the lists of totals, keys, and pools. */
export const NO_SELECTION = -1;

/** A draw is told by its index here, or -1. */
export const DRAWS: readonly Draw[] = ["random", "roundRobin", "hash", "nearest"];

/** In the place of the #count of a list that is absent. A pool is #priority #end "locality". */
export const NO_LIST = -1;

/** Each RRset told and each child ended gets the next index; before one that would be this, indices begin anew at 0. */
export const KNOWN_MAX = 65_536;
