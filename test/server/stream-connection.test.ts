import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { framed } from "./clients.ts";
import { connected, settled, TIMES } from "./held-socket.ts";
import { message } from "./responders.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("no further request is answered while a response is not taken", async () => {
  const { socket, answer, ask } = connected(60_000);
  await ask(...Array.from({ length: 10 }, () => message(1, 12)));
  expect(answer).toHaveBeenCalledTimes(1);
  expect(socket.isPaused()).toBe(true);
  socket.takeOne();
  await settled();
  expect(answer).toHaveBeenCalledTimes(2);
});

test("small responses are gathered until the write buffer is full", async () => {
  const { answer, ask } = connected(1000);
  await ask(...Array.from({ length: 60 }, () => message(1, 12)));
  expect(answer).toHaveBeenCalledTimes(17); // the first to fill 16,384 octets
});

test("the responses to requests of one segment leave in one write", async () => {
  const { socket, ask } = connected(100);
  await ask(...Array.from({ length: 20 }, () => message(1, 12)));
  socket.takeOne();
  await settled();
  expect(socket.writes).toBe(1);
  expect(socket.writableLength).toBe(0);
});

test("a client that does not take its response in time is put out", async () => {
  const { socket, onSlowReader, ask } = connected(60_000);
  await ask(message(1, 12));
  vi.advanceTimersByTime(TIMES.drainMs - 1);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(socket.destroyed).toBe(true);
  expect(onSlowReader).toHaveBeenCalledOnce();
});

test("a client that took its response has the whole idle time again", async () => {
  const { socket, ask } = connected(60_000);
  await ask(message(1, 12));
  vi.advanceTimersByTime(TIMES.drainMs - 1);
  socket.takeOne();
  await settled();
  vi.advanceTimersByTime(TIMES.idleMs - 1);
  expect(socket.writableEnded).toBe(false);
  vi.advanceTimersByTime(1);
  expect(socket.writableEnded).toBe(true);
});

test.each([
  ["before", TIMES.lifetimeMs, false],
  ["after", TIMES.lifetimeMs + 1, true],
])(
  "a request %s the end of the lifetime is answered, and the connection ends only after it",
  async (_, ageMs, ends) => {
    const { socket, answer, ask } = connected(100);
    for (let atMs = 0; atMs < ageMs; ) {
      const stepMs = Math.min(TIMES.idleMs - 1, ageMs - atMs);
      vi.advanceTimersByTime(stepMs);
      atMs += stepMs;
      await ask(message(1, 12));
      socket.takeOne();
    }
    expect(answer.mock.calls.length).toBeGreaterThan(60);
    expect(socket.writableEnded).toBe(ends);
  },
);

test("a connection that ended is destroyed after the grace time when its client does not end it", async () => {
  const { socket, answer, ask } = connected(0);
  await ask(message(1, 12), new Uint8Array(0), message(2, 12));
  expect(answer).toHaveBeenCalledTimes(1);
  expect([socket.writableEnded, socket.destroyed]).toEqual([true, false]);
  vi.advanceTimersByTime(TIMES.graceMs);
  expect(socket.destroyed).toBe(true);
});

test("leaving reads on, so that the responses on their way are not lost to a reset", async () => {
  const { socket, connection, ask } = connected(60_000);
  await ask(message(1, 12));
  expect(socket.isPaused()).toBe(true);
  connection.leave();
  expect(socket.isPaused()).toBe(false);
  expect(socket.destroyed).toBe(false);
  socket.takeOne();
  await settled();
  expect(socket.hasEnded).toBe(true);
});

test("leaving waits for the rest of a request, however it arrives", async () => {
  const { socket, answer, connection } = connected(100);
  const [length, ...octets] = framed(message(1, 12));
  socket.push(Uint8Array.of(length!));
  await settled();
  connection.leave();
  for (const octet of octets) {
    expect(socket.writableEnded).toBe(false);
    socket.push(Uint8Array.of(octet));
    await settled();
  }
  expect(answer).toHaveBeenCalledOnce();
  expect(socket.writableEnded).toBe(true);
});

test("a client that closed its side has the whole drain time for its responses", async () => {
  const { socket, ask } = connected(100);
  await ask(message(1, 12));
  socket.push(null);
  await settled();
  vi.advanceTimersByTime(TIMES.drainMs - 1);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(1);
  expect(socket.destroyed).toBe(true);
});

test("nothing of a connection outlives it", async () => {
  const { socket, connection, answer } = connected(100);
  expect(vi.getTimerCount()).toBe(1);
  socket.destroy();
  await settled();
  expect(vi.getTimerCount()).toBe(0);
  expect(connection.isIdle).toBe(false);
  connection.leave();
  expect(vi.getTimerCount()).toBe(0);
  expect(answer).not.toHaveBeenCalled();
});
