import type { State } from "./model.ts";

/** A state of a service, and the one that replaced it. What nobody needs any more the collector takes. */
export interface Version {
  readonly state: State;
  next: Version | undefined;
}

/** What a service may answer at a moment: the last state that was acknowledged, and every one that was sent since. */
export class History {
  /** The state that whoever asks now sees at least. */
  acknowledged: Version = { state: new Map(), next: undefined };
  #sent = this.acknowledged;

  /** A change sets out. Only one may be under way: that is what makes the order of states known. */
  send(state: State): void {
    this.#sent.next = { state, next: undefined };
    this.#sent = this.#sent.next;
  }

  acknowledge(): void {
    this.acknowledged = this.#sent;
  }
}

/** All states from a version on, up to the last that was sent. */
export function* statesFrom(version: Version): Generator<State> {
  for (let at: Version | undefined = version; at !== undefined; at = at.next) yield at.state;
}
