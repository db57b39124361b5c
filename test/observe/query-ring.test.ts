import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AnsweredQuery, QueryRing } from "../../src/observe/query-ring.ts";

const QUERY: AnsweredQuery = {
  client: "192.0.2.1",
  port: 53,
  protocol: "udp",
  name: "\x01a\x04test\0",
  type: 1,
  rcode: 0,
  octets: 44,
  micros: 7,
};

/** Two ends of one ring. */
function ends() {
  const put = new QueryRing();
  return { put, take: new QueryRing(put.memory) };
}

test("what one end puts in the other takes out, whatever octets a name is made of", () => {
  const labels = fc.array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 3 });
  const name = labels.map((all) => `${all.map((label) => String.fromCharCode(label.length, ...label)).join("")}\0`);
  const query = fc.record<AnsweredQuery>({
    client: fc.constantFrom("192.0.2.1", "2001:db8::1", "fe80::ffff:ffff:ffff:ffff%enp0s31f6-long-name"),
    port: fc.nat(65_535),
    protocol: fc.constantFrom("udp", "tcp", "tls"),
    name: fc.option(name, { nil: undefined }),
    type: fc.option(fc.nat(65_535), { nil: undefined }),
    rcode: fc.option(fc.nat(4095), { nil: undefined }),
    octets: fc.nat(2 ** 40),
    micros: fc.nat(2 ** 31),
  });
  fc.assert(
    fc.property(fc.array(query), (queries) => {
      const { put, take } = ends();
      for (const one of queries) expect(put.put(one)).toBe(true);
      for (const one of queries) expect(take.take()).toEqual(one);
      expect(take.take()).toBeUndefined();
    }),
  );
});

test("the longest name fits beside the longest address and the greatest numbers", () => {
  const { put, take } = ends();
  const label = `\x3f${"\xff".repeat(63)}`;
  const longest = {
    client: `fe80:${":ffff".repeat(4)}%${"z".repeat(15)}`,
    port: 65_535,
    protocol: "udp",
    name: `${label.repeat(3)}\x3d${" ".repeat(61)}\0`,
    type: 65_535,
    rcode: 4095,
    octets: Number.MAX_SAFE_INTEGER,
    micros: Number.MAX_SAFE_INTEGER,
  };
  expect(longest.name).toHaveLength(255);
  expect(put.put(longest)).toBe(true);
  expect(take.take()).toEqual(longest);
});

test("a full ring takes no more until there is room again, and loses none that it took", () => {
  const { put, take } = ends();
  let taken = 0;
  while (put.put({ ...QUERY, micros: taken })) taken++;
  expect(taken).toBe(1024);
  for (let i = 0; i < 3000; i++) {
    expect(put.put(QUERY)).toBe(false);
    expect(take.take()?.micros).toBe(i);
    expect(put.put({ ...QUERY, micros: taken++ })).toBe(true);
  }
});

test("counts go round", () => {
  const { put, take } = ends();
  new Int32Array(put.memory, 0, 2).fill(0x7fff_fffe);
  for (let i = 0; i < 8; i++) expect(put.put({ ...QUERY, micros: i })).toBe(true);
  for (let i = 0; i < 8; i++) expect(take.take()?.micros).toBe(i);
  expect(take.take()).toBeUndefined();
});

test("two threads at once: every query arrives whole, once and in order", async () => {
  const ring = new QueryRing();
  const count = 20_000;
  const writer = new Worker(new URL("./ring-writer.mjs", import.meta.url), {
    workerData: { memory: ring.memory, count },
  });
  const ended = once(writer, "exit");
  for (let next = 0; next < count; ) {
    const query = ring.take();
    if (query === undefined) await turn();
    else expect(query.micros).toBe(next++);
  }
  expect(await ended).toEqual([0]);
});
