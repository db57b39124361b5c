import { setTimeout as sleep } from "node:timers/promises";

const TICK_MS = 50;
/** Later than this is not calm: the machine has other things to do than the storm. */
const LATE_MS = 150;
/** So much unrest at a stretch may make a probe or a heartbeat miss its time. */
const UNREST_MS = 700;

/**
 * A clock for the deadlines of the model. It runs only while this process's own timers are punctual and the server answers
 * at once over HTTP, so that a machine that is busy with something else stretches each deadline by as long as it is so.
 */
export interface Calm {
  /** Milliseconds of calm so far. */
  nowMs(): number;
  /** Resolves after so much calm. */
  wait(ms: number): Promise<void>;
  close(): void;
}

/** `onUnrest` is called, time and again, while there has been no calm for so long that probes may fail for it. */
export function watchCalm(url: string, onUnrest: () => void): Calm {
  let calmMs = 0;
  let restlessMs = 0;
  let tickedMs = performance.now();
  let askedMs = Number.POSITIVE_INFINITY;
  let isClosed = false;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const elapsedMs = nowMs - tickedMs;
    tickedMs = nowMs;
    const isLate = elapsedMs > TICK_MS + LATE_MS || nowMs - askedMs > LATE_MS;
    if (!isLate) calmMs += elapsedMs;
    restlessMs = isLate ? restlessMs + elapsedMs : 0;
    if (restlessMs > UNREST_MS) onUnrest();
  }, TICK_MS);
  void (async () => {
    for (; !isClosed; await sleep(TICK_MS)) {
      askedMs = performance.now();
      // A server that ends is noticed by whoever asks it something.
      await answered(`${url}/livez`).catch(() => {});
      askedMs = Number.POSITIVE_INFINITY;
    }
  })();
  const nowMs = () => calmMs;
  return {
    nowMs,
    async wait(ms) {
      for (const endMs = nowMs() + ms; nowMs() < endMs; ) await sleep(TICK_MS);
    },
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

async function answered(url: string): Promise<void> {
  await (await fetch(url)).arrayBuffer();
}
