import { foldName, type Name } from "../dns/name.ts";
import { withChild, withoutChild } from "./children.ts";
import { PartReader } from "./edit-reader.ts";
import { type EditPart, KNOWN_MAX, STEP } from "./edit-steps.ts";
import { type Children, childOf, makeNode, type Node, type Notes } from "./node.ts";
import type { RRset } from "./rrset.ts";
import { Snapshot } from "./snapshot.ts";
import { makeZone, type Zone } from "./zone.ts";

/** A node while steps change it. */
interface OpenNode {
  /** What it was; undefined when it is new. */
  readonly known: Node | undefined;
  readonly label: string;
  rrsets: readonly RRset[];
  children: Children;
  notes: Notes | undefined;
}

/** A snapshot that follows another one by its edits. */
export class Replica {
  #current: Snapshot | undefined;
  /** As far as the edit under way has come. */
  readonly #zones = new Map<Name, Zone>();
  /** The zone that is open. */
  #origin: Name = "";
  #serial = 0;
  /** From its apex down to the node that is being changed. */
  readonly #open: OpenNode[] = [];
  /** The children that the edit under way has ended, by index. */
  readonly #ended: Node[] = [];
  readonly #reader = new PartReader();

  /** What the last complete edit made; undefined before the first. */
  current = (): Snapshot | undefined => this.#current;

  /** Takes the next part. `current` changes with the last one of an edit: nothing unfinished is answered from. */
  apply(part: EditPart): void {
    this.#reader.take(part);
    while (!this.#reader.isAtEnd) this.#step();
    if (!part.isLast) return;
    this.#current = new Snapshot(this.#zones.values());
    this.#ended.length = 0;
    this.#reader.forget();
  }

  #step(): void {
    const reader = this.#reader;
    const step = reader.number();
    const open = this.#open.at(-1);
    if (step === STEP.zone) return this.#openZone(reader.number(), reader.text(), reader.text());
    if (step === STEP.zoneGone) return void this.#zones.delete(foldName(reader.text()));
    if (open === undefined) throw new Error(`Cannot apply step ${step} as no zone is open`);
    switch (step) {
      case STEP.child:
        return this.#openChild(open, reader.text());
      case STEP.knownChild:
        open.children = withChild(open.children, this.#ended[reader.number()]!);
        return;
      case STEP.childGone:
        open.children = withoutChild(open.children, reader.text());
        return;
      case STEP.rrsets:
        open.rrsets = reader.rrsets(open.known?.rrsets ?? []);
        return;
      case STEP.notes:
        open.notes = reader.notes();
        return;
      case STEP.end:
        return this.#end(open);
      default:
        throw new Error(`Cannot apply step ${step} as there is none of this number`);
    }
  }

  #openZone(serial: number, origin: Name, label: string): void {
    this.#origin = origin;
    this.#serial = serial;
    this.#open.push(opened(label, this.#zones.get(foldName(origin))?.apex));
  }

  #openChild(parent: OpenNode, label: string): void {
    const { known } = parent;
    this.#open.push(opened(label, known && childOf(known, foldName(label))));
  }

  #end(open: OpenNode): void {
    const node = closed(open);
    this.#open.pop();
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      this.#zones.set(foldName(this.#origin), makeZone(this.#origin, node, this.#serial));
      return;
    }
    parent.children = withChild(parent.children, node);
    if (this.#ended.length === KNOWN_MAX) this.#ended.length = 0;
    this.#ended.push(node);
  }
}

function opened(label: string, known: Node | undefined): OpenNode {
  return { known, label, rrsets: known?.rrsets ?? [], children: known?.children, notes: known?.notes };
}

function closed({ known, label, rrsets, children, notes }: OpenNode): Node {
  const isKept =
    known?.label === label && known.rrsets === rrsets && known.children === children && known.notes === notes;
  return isKept ? known : makeNode(label, rrsets, children, notes);
}
