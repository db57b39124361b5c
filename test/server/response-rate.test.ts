import fc from "fast-check";
import { expect, test } from "vitest";
import { nameOf } from "../../src/dns/name.ts";
import { Networks, parseNetwork } from "../../src/dns/networks.ts";
import { RCODE } from "../../src/dns/numbers.ts";
import { soughtName } from "../../src/dns/sought-name.ts";
import { type Judgement, ResponseRate } from "../../src/server/response-rate.ts";

const { NOERROR, NXDOMAIN, REFUSED } = RCODE;

/** A limiter whose clock stands until it is moved. */
function limiter(options: { perSecond: number; slip?: number; exempt?: string[] }) {
  let nowMs = 1_000_000.125;
  const exempt = new Networks((options.exempt ?? []).map((text) => parseNetwork(text)!));
  const rate = new ResponseRate({ perSecond: options.perSecond, slip: options.slip ?? 0, exempt, nowMs: () => nowMs });
  const ask = (address: string, kind: number, name: string): Judgement =>
    rate.isExempt(address) ? "send" : rate.judge(address, kind, hashOf(name.split(".")));
  return { rate, ask, pass: (ms: number) => (nowMs += ms) };
}

/** As the responder has it of the name that it limits by. */
const hashOf = (labels: readonly string[]) => soughtName(nameOf(labels)).suffixHash(0);

/** How often `times` calls were judged so. */
function count(times: number, judge: (i: number) => Judgement): Record<Judgement, number> {
  const counts = { send: 0, truncate: 0, drop: 0 };
  for (let i = 0; i < times; i++) counts[judge(i)]++;
  return counts;
}

test.each([1, 3, 5, 7, 100, 333, 1000, 50_000])(
  "%d per second are sent at once and in each further second",
  (perSecond) => {
    const { ask, pass } = limiter({ perSecond });
    for (let second = 0; second < 3; second++) {
      expect(count(2 * perSecond, () => ask("192.0.2.1", NOERROR, "a.test")).send).toBe(perSecond);
      pass(1000);
    }
    pass(3_600_000);
    expect(count(2 * perSecond, () => ask("192.0.2.1", NOERROR, "a.test")).send).toBe(perSecond);
  },
);

test("tokens come back one by one", () => {
  const { ask, pass } = limiter({ perSecond: 10 });
  count(10, () => ask("192.0.2.1", NOERROR, "a.test"));
  expect(ask("192.0.2.1", NOERROR, "a.test")).toBe("drop");
  pass(100);
  expect(ask("192.0.2.1", NOERROR, "a.test")).toBe("send");
  expect(ask("192.0.2.1", NOERROR, "a.test")).toBe("drop");
});

test.each([
  [0, { send: 1, truncate: 0, drop: 12 }],
  [1, { send: 1, truncate: 12, drop: 0 }],
  [2, { send: 1, truncate: 6, drop: 6 }],
  [3, { send: 1, truncate: 4, drop: 8 }],
])("with slip %d thirteen responses become %j", (slip, expected) => {
  const { ask } = limiter({ perSecond: 1, slip });
  expect(count(13, () => ask("192.0.2.1", NOERROR, "a.test"))).toEqual(expected);
});

type Response = readonly [address: string, kind: number, labels: readonly string[]];

test.each<[one: Response, other: Response, share: boolean]>([
  [["192.0.2.1", NOERROR, ["a"]], ["192.0.2.254", NOERROR, ["a"]], true],
  [["192.0.2.1", NOERROR, ["a"]], ["::ffff:192.0.2.9", NOERROR, ["a"]], true],
  [["192.0.2.1", NOERROR, ["a"]], ["192.0.3.1", NOERROR, ["a"]], false],
  [["2001:db8::1", NOERROR, ["a"]], ["2001:db8:0:ff:1::", NOERROR, ["a"]], true],
  [["2001:db8::1", NOERROR, ["a"]], ["2001:db8:0:100::1", NOERROR, ["a"]], false],
  [["fe80::1%eth0", NOERROR, ["a"]], ["fe80::2%eth1", NOERROR, ["a"]], true],
  [["192.0.2.1", NOERROR, ["a"]], ["192.0.2.1", NOERROR, ["b"]], false],
  [["192.0.2.1", NOERROR, ["a"]], ["192.0.2.1", NXDOMAIN, ["a"]], false],
  [["192.0.2.1", NOERROR, ["ab", "c"]], ["192.0.2.1", NOERROR, ["a", "bc"]], false],
  [["192.0.2.1", NOERROR, []], ["192.0.2.1", NOERROR, ["a"]], false],
  [["192.0.2.1", NXDOMAIN, ["z", "test"]], ["192.0.2.9", NXDOMAIN, ["z", "test"]], true],
  [["192.0.2.1", NXDOMAIN, ["z", "test"]], ["192.0.2.1", NXDOMAIN, ["y", "test"]], false],
  [["192.0.2.1", REFUSED, []], ["192.0.2.1", NXDOMAIN, []], false],
])("%j and %j share a bucket: %s", (one, other, share) => {
  const { rate } = limiter({ perSecond: 1 });
  const judge = ([address, kind, labels]: Response) => rate.judge(address, kind, hashOf(labels));
  expect(judge(one)).toBe("send");
  expect(judge(other)).toBe(share ? "drop" : "send");
});

test("exempt networks get every response, and others no more for it", () => {
  const { ask } = limiter({ perSecond: 1, exempt: ["10.0.0.0/8", "::1"] });
  expect(count(50, () => ask("10.1.2.3", NOERROR, "a.test")).send).toBe(50);
  expect(count(50, () => ask("::1", NOERROR, "a.test")).send).toBe(50);
  expect(count(50, () => ask("11.1.2.3", NOERROR, "a.test")).send).toBe(1);
});

test("those that share a memory share every rate", () => {
  const options = { perSecond: 3, slip: 2, exempt: new Networks([]), nowMs: () => 5 };
  const one = new ResponseRate(options);
  const other = new ResponseRate({ ...options, memory: one.memory });
  const stranger = new ResponseRate(options);
  const judge = (rate: ResponseRate) => rate.judge("192.0.2.1", NOERROR, hashOf(["a"]));
  expect([one, other, one].map(judge)).toEqual(["send", "send", "send"]);
  expect([other, one, other, one].map(judge)).toEqual(["drop", "truncate", "drop", "truncate"]);
  expect(judge(stranger)).toBe("send");
});

test("a bucket that is used stays, though a hundred thousand others were used once before", () => {
  const { ask, pass } = limiter({ perSecond: 5 });
  count(100_000, (i) => ask("192.0.2.1", NOERROR, `n${i}.test`));
  pass(2000);
  // Each set now holds eight full buckets: they give way, and what is limited does not.
  count(5, () => ask("198.51.100.1", NOERROR, "attacked.test"));
  count(20_000, (i) => ask("192.0.2.1", NOERROR, `m${i}.test`));
  expect(count(100, () => ask("198.51.100.1", NOERROR, "attacked.test"))).toEqual({ send: 0, truncate: 0, drop: 100 });
});

test("never more than the rate allows, whatever the times", () => {
  const pauses = fc.array(fc.double({ min: 0, max: 3000, noNaN: true }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), pauses, (perSecond, times) => {
      const { ask, pass } = limiter({ perSecond });
      let sent = 0;
      let elapsedMs = 0;
      for (const ms of times) {
        pass(ms);
        elapsedMs += ms;
        sent += count(7, () => ask("192.0.2.1", NOERROR, "a.test")).send;
        expect(sent).toBeLessThanOrEqual(perSecond + (elapsedMs * perSecond) / 1000 + 0.51);
      }
    }),
  );
});
