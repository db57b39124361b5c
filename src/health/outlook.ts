import type { ProspectKind } from "../catalog/prospect.ts";
import { Deadline, type DeadlineBoard } from "./deadline-board.ts";

/** When what is answered of one instance may change next, on the board: as something ends, or a verdict may come. */
export class Outlook {
  readonly #board: DeadlineBoard;
  readonly #end: Deadline;
  readonly #verdict: Deadline;

  constructor(service: string, board: DeadlineBoard) {
    this.#board = board;
    this.#end = new Deadline(service, "lease");
    this.#verdict = new Deadline(service, "verdict");
  }

  /** Both in waking time; Infinity is never. `kind` is what ends. */
  tell(endMs: number, verdictMs: number, kind: ProspectKind): void {
    this.#end.kind = kind;
    this.#board.set(this.#end, endMs);
    this.#board.set(this.#verdict, verdictMs);
  }

  close(): void {
    this.tell(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, this.#end.kind);
  }
}
