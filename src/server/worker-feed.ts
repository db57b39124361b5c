import { setImmediate } from "node:timers/promises";
import { editOf } from "../zone/edit.ts";
import type { Snapshot } from "../zone/snapshot.ts";
import type { WorkerLink } from "./worker-link.ts";

/** Parts of an edit that may wait for a worker: enough to keep it at work, and little memory however large the table. */
const PARTS_WAITING_MAX = 8;

/** Brings every publication to the workers: each is told what differs from what it has. */
export class WorkerFeed {
  readonly #links = new Set<WorkerLink>();
  /** Those that an edit is on its way to. */
  readonly #busy = new Set<WorkerLink>();
  #current: Snapshot | undefined;
  /** Goes round at 2^32. */
  #publication = 0;
  /** Shared by all who wait for one publication. */
  #reached: { readonly publication: number; readonly done: Promise<unknown> } | undefined;

  published(snapshot: Snapshot): void {
    if (snapshot === this.#current) return;
    this.#current = snapshot;
    this.#publication = (this.#publication + 1) | 0;
    this.#feed();
  }

  /** A worker that has nothing yet is given the table, and serves when it has it all. */
  add(link: WorkerLink): void {
    this.#links.add(link);
    this.#feed();
  }

  delete(link: WorkerLink): void {
    this.#links.delete(link);
  }

  /** Publications that a worker has yet to apply. */
  behind(link: WorkerLink): number {
    return (this.#publication - link.applied) | 0;
  }

  /** Resolves when nobody is answered from before what is published now. A worker that is lost meanwhile is not waited for. */
  reached(): Promise<unknown> {
    const publication = this.#publication;
    if (this.#reached?.publication !== publication) {
      const serving = [...this.#links].filter(({ isServing }) => isServing);
      const hasReached = (link: WorkerLink) => ((link.applied - publication) | 0) >= 0;
      const done = Promise.all(serving.map((link) => link.until(() => hasReached(link))));
      this.#reached = { publication, done };
    }
    return this.#reached.done;
  }

  /** Tells those that are behind and not being told yet: together where they have the same, which nearly always all have. */
  #feed(): void {
    const next = this.#current;
    if (next === undefined) return;
    const groups = new Map<Snapshot | undefined, WorkerLink[]>();
    for (const link of this.#links) {
      if (this.#busy.has(link) || link.at === next) continue;
      const group = groups.get(link.at);
      if (group === undefined) groups.set(link.at, [link]);
      else group.push(link);
    }
    for (const [before, links] of groups) void this.#bring(links, before, next);
  }

  /** An edit of one part, as most are, is posted before this returns. */
  async #bring(links: readonly WorkerLink[], before: Snapshot | undefined, next: Snapshot): Promise<void> {
    const publication = this.#publication;
    for (const link of links) this.#busy.add(link);
    for (const part of editOf(before, next)) {
      for (const link of links) link.post({ kind: "edit", part, publication });
      if (part.isLast) break;
      // Everybody else in this thread gets a turn.
      await setImmediate();
      for (const link of links) await link.until(() => link.waiting < PARTS_WAITING_MAX);
    }
    for (const link of links) {
      this.#busy.delete(link);
      link.at = next;
      if (!link.isServing && next === this.#current) {
        link.post({ kind: "serve" });
        link.isServing = true;
      }
    }
    this.#feed();
  }
}
