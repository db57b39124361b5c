import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connectedTo, settled, TIMES } from "./held-socket.ts";
import { gate, isOdd, message } from "./responders.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/**
 * Answers odd ids with a transfer of `messages`, each of `octets` and made when `next` allows it; others with one octet.
 */
function transferring(messages: number, octets: number, next?: Promise<void>) {
  const made = vi.fn();
  const returned = vi.fn();
  async function* transfer() {
    try {
      for (let nth = 0; nth < messages; nth++) {
        await next;
        made();
        yield new Uint8Array(octets).fill(nth);
      }
    } finally {
      returned();
    }
  }
  return { ...connectedTo((request) => (isOdd(request) ? transfer() : new Uint8Array(1))), made, returned };
}

test("a message of a transfer is made when the one before is taken, and no request behind it is answered", async () => {
  const { socket, answer, made, returned, ask } = transferring(3, 60_000);
  await ask(message(1, 12), message(2, 12));
  for (const nth of [1, 2, 3]) {
    expect([made.mock.calls.length, returned.mock.calls.length, answer.mock.calls.length]).toEqual([nth, 0, 1]);
    expect(socket.isPaused()).toBe(true);
    socket.takeOne();
    await settled();
  }
  expect([returned.mock.calls.length, answer.mock.calls.length]).toEqual([1, 2]);
  expect(socket.isPaused()).toBe(false);
});

test("small messages of a transfer are gathered until the write buffer is full", async () => {
  const { made, ask } = transferring(100, 6000);
  await ask(message(1, 12));
  expect(made).toHaveBeenCalledTimes(3); // the first to fill 16,384 octets
});

test("a transfer waits for the responses before it to be taken", async () => {
  const big = new Uint8Array(60_000);
  const { socket, answer, ask } = connectedTo((request) => (isOdd(request) ? (async function* () {})() : big));
  await ask(message(2, 12), message(1, 12), message(4, 12));
  expect(answer).toHaveBeenCalledTimes(1);
  socket.takeOne();
  await settled();
  expect(answer).toHaveBeenCalledTimes(3);
});

test("a client that does not take a message of its transfer in time is put out, and the transfer ends", async () => {
  const { socket, onSlowReader, made, returned, ask } = transferring(1000, 60_000);
  await ask(message(1, 12));
  vi.advanceTimersByTime(TIMES.drainMs - 1);
  socket.takeOne();
  await settled();
  vi.advanceTimersByTime(TIMES.drainMs - 1);
  expect([socket.destroyed, returned.mock.calls.length]).toEqual([false, 0]);
  vi.advanceTimersByTime(1);
  await settled();
  expect([socket.destroyed, returned.mock.calls.length]).toEqual([true, 1]);
  expect(made).toHaveBeenCalledTimes(2);
  expect(onSlowReader).toHaveBeenCalledOnce();
});

test("neither the idle time nor the lifetime cuts a transfer", async () => {
  const { socket, ask } = transferring(300, 60_000);
  await ask(message(1, 12));
  for (let nth = 0; nth < 299; nth++) {
    vi.advanceTimersByTime(TIMES.drainMs - 1);
    socket.takeOne();
    await settled();
  }
  expect(socket.writableEnded).toBe(false);
  socket.takeOne();
  await settled();
  expect(socket.writableEnded).toBe(true); // it lived too long by now
});

test("an answer may take longer to be made than the idle time", async () => {
  const { opened, open } = gate();
  const { socket, connection, made, ask } = transferring(1, 100, opened);
  await ask(message(1, 12));
  expect(vi.getTimerCount()).toBe(0);
  expect(connection.isIdle).toBe(false);
  vi.advanceTimersByTime(10 * TIMES.idleMs);
  open();
  await settled();
  expect(made).toHaveBeenCalledOnce();
  socket.takeOne();
  await settled();
  expect(connection.isIdle).toBe(true);
  vi.advanceTimersByTime(TIMES.idleMs);
  expect(socket.writableEnded).toBe(true);
});

test("a connection lost while an answer is made ends the transfer, once that is made", async () => {
  const { opened, open } = gate();
  const { socket, returned, ask } = transferring(5, 100, opened);
  await ask(message(1, 12));
  socket.destroy();
  await settled();
  open();
  await settled();
  expect(returned).toHaveBeenCalledOnce();
  expect(socket.writes).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("a client that closed its side gets the whole transfer and the answers behind it", async () => {
  const { socket, answer, made, ask } = transferring(3, 60_000);
  const asked = ask(message(1, 12), message(2, 12));
  socket.push(null);
  await asked;
  for (let nth = 0; nth < 3; nth++) {
    expect(socket.writableEnded).toBe(false);
    socket.takeOne();
    await settled();
  }
  expect([made.mock.calls.length, answer.mock.calls.length, socket.writableEnded]).toEqual([3, 2, true]);
});

test("leaving finishes a transfer within the grace time", async () => {
  const { socket, connection, returned, ask } = transferring(2, 60_000);
  await ask(message(1, 12));
  connection.leave();
  for (const ends of [false, true]) {
    socket.takeOne();
    await settled();
    expect(socket.writableEnded).toBe(ends);
  }
  expect(returned).toHaveBeenCalledOnce();
});

test("leaving cuts a transfer that takes longer than the grace time", async () => {
  const { socket, connection, returned, ask } = transferring(100, 60_000);
  await ask(message(1, 12));
  connection.leave();
  vi.advanceTimersByTime(TIMES.graceMs - 1);
  socket.takeOne();
  await settled();
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  await settled();
  expect([socket.destroyed, returned.mock.calls.length]).toEqual([true, 1]);
});
