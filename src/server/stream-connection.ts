import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Framing } from "./framing.ts";
import type { StreamTimes } from "./stream-times.ts";
import type { Client } from "./transport.ts";

/** The response to one request, framed: one message, several to be asked for, or undefined = stay silent. */
export type AnswerFramed = (request: Uint8Array, client: Client) => Uint8Array | AsyncIterable<Uint8Array> | undefined;

/** Requests answered before other connections, and UDP, get their turn. */
const REQUESTS_PER_TURN = 64;

/**
 * One client's stream of requests, answered in order (RFC 7766 §6.2.1.1). Reading stops while responses wait to be
 * sent and while a transfer or an update is under way, so that a client costs one full write buffer and one message at
 * the most, and is put out when it has not read for `drainMs`.
 */
export class StreamConnection {
  readonly client: Client;
  readonly #socket: Socket;
  readonly #answer: AnswerFramed;
  readonly #times: StreamTimes;
  readonly #onSlowReader: () => void;
  readonly #framing = new Framing();
  readonly #openedMs = performance.now();
  #lastRequestMs = this.#openedMs;
  /** The messages of a transfer or an update under way; requests behind it wait. */
  #later: AsyncIterator<Uint8Array> | undefined;
  /** The next one of them is being made. */
  #isMaking = false;
  /** The one deadline: for the next request, for the drain, or for the end; none while we make a message. */
  #deadline: NodeJS.Timeout | undefined;
  #hasClientEnded = false;
  /** The listener closes: what is under way is finished, under the deadline set then. */
  #isLeaving = false;
  /** Our side is closed; what still arrives is discarded. */
  #isFinished = false;

  constructor(socket: Socket, client: Client, answer: AnswerFramed, times: StreamTimes, onSlowReader: () => void) {
    this.#socket = socket;
    this.client = client;
    this.#answer = answer;
    this.#times = times;
    this.#onSlowReader = onSlowReader;
    this.#await(times.idleMs, () => this.finish());
    socket.on("data", (chunk) => this.#onData(chunk));
    socket.on("drain", () => this.#onDrain());
    socket.on("end", () => this.#onEnd());
    socket.on("error", () => {}); // ECONNRESET and its like: "close" follows and is all there is to do.
    socket.on("close", () => this.#onClose());
  }

  /** True when nothing is under way in either direction. */
  get isIdle(): boolean {
    const isWorking = this.#later !== undefined || this.#socket.writableLength > 0;
    return !this.#isFinished && !isWorking && this.#framing.isEmpty;
  }

  /** When the last request was answered, on the monotonic clock; the opening before the first. */
  get lastRequestMs(): number {
    return this.#lastRequestMs;
  }

  /** Ends the connection at once when it is idle, else when what is under way is finished, within `graceMs`. */
  leave(): void {
    if (this.#socket.destroyed) return;
    if (!this.isIdle) {
      this.#await(this.#times.graceMs, () => this.#socket.destroy());
      this.#isLeaving = true;
    }
    if (this.#framing.isEmpty && this.#later === undefined) this.finish();
  }

  /** Closes our side behind the responses already written. A client that is still sending is heard out for a while. */
  finish(isSending = false): void {
    if (this.#isFinished) return;
    const isIdle = this.isIdle && !isSending;
    this.#isFinished = true;
    if (isIdle) {
      this.#socket.destroySoon();
      return;
    }
    const { drainMs, graceMs } = this.#times;
    this.#await(this.#socket.writableLength > 0 ? drainMs : graceMs, () => this.#socket.destroy());
    this.#socket.end();
    // A socket closed over unread octets sends RST, which takes the last responses from the client: so read on.
    this.#socket.resume();
  }

  #onData(chunk: Buffer): void {
    if (this.#isFinished) return;
    this.#framing.push(chunk);
    this.#takeTurn();
  }

  #onDrain(): void {
    if (this.#isFinished) return;
    this.#await(this.#times.idleMs, () => this.finish());
    this.#takeTurn();
  }

  #onEnd(): void {
    this.#hasClientEnded = true;
    this.#takeTurn();
  }

  #onClose(): void {
    this.#isFinished = true;
    clearTimeout(this.#deadline);
    void this.#later?.return?.();
  }

  /** Answers what has arrived and decides what to wait for next. */
  #takeTurn(): void {
    if (this.#isFinished || this.#isMaking) return;
    const hasMore = this.#answerSome();
    if (this.#isFinished) return;
    if (this.#socket.writableNeedDrain) {
      this.#socket.pause();
      this.#await(this.#times.drainMs, () => this.#putOut());
    } else if (this.#later !== undefined) {
      this.#socket.pause();
      void this.#answerNext(this.#later);
    } else if (hasMore) {
      this.#socket.pause();
      setImmediate(() => this.#takeTurn());
    } else if (this.#isOver()) {
      this.finish(!this.#hasClientEnded);
    } else {
      this.#socket.resume();
    }
  }

  /** Answers up to a turn's requests, in one write; true when there may be more. */
  #answerSome(): boolean {
    let answered = 0;
    this.#socket.cork();
    while (answered < REQUESTS_PER_TURN && this.#later === undefined && !this.#socket.writableNeedDrain) {
      const request = this.#framing.next();
      if (request === undefined) break;
      if (request.length === 0) {
        this.finish(true); // no message at all: whatever this client speaks, it is not DNS
        break;
      }
      const response = this.#answer(request, this.client);
      if (response instanceof Uint8Array) this.#socket.write(response);
      else this.#later = response?.[Symbol.asyncIterator]();
      answered++;
    }
    this.#socket.uncork();
    if (answered > 0 && !this.#isFinished) this.#noteRequest();
    return answered === REQUESTS_PER_TURN;
  }

  /** Writes the next message of `later`, however long it takes to be made, and goes on at the client's pace. */
  async #answerNext(later: AsyncIterator<Uint8Array>): Promise<void> {
    this.#isMaking = true;
    if (!this.#isLeaving) clearTimeout(this.#deadline);
    const { done, value } = await later.next();
    await nextTurn(); // a transfer to a fast client would keep everybody else waiting to its end
    this.#isMaking = false;
    if (this.#isFinished) return;
    if (!done) {
      this.#socket.write(value);
    } else {
      this.#later = undefined;
      this.#noteRequest();
    }
    this.#takeTurn();
  }

  #noteRequest(): void {
    this.#lastRequestMs = performance.now();
    this.#await(this.#times.idleMs, () => this.finish());
  }

  #isOver(): boolean {
    if (this.#hasClientEnded) return true; // half a request that was left there will never be whole
    const isTooOld = this.#lastRequestMs - this.#openedMs > this.#times.lifetimeMs;
    return this.#framing.isEmpty && (this.#isLeaving || isTooOld);
  }

  #putOut(): void {
    this.#onSlowReader();
    this.#socket.destroy();
  }

  #await(ms: number, onDeadline: () => void): void {
    if (this.#isLeaving) return; // that deadline is the last
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(onDeadline, ms);
  }
}
