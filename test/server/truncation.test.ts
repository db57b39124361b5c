import { describe, expect, test } from "vitest";
import { rdataText } from "../../src/dns/rdata.ts";
import { ask } from "../support/ask.ts";
import { putInstance, Registry } from "../support/registry.ts";

function serviceOf(count: number): Registry {
  const registry = new Registry();
  for (let i = 0; i < count; i++)
    registry.commit(putInstance("web", `i-${i}`, { addresses: [`10.0.${i >> 8}.${i & 255}`] }));
  return registry;
}

const snapshot = serviceOf(100).snapshot();
const texts = (message: ReturnType<typeof ask>) => message.answer.map(({ type, rdata }) => rdataText(type, rdata));

describe("100 instances (DNS.md §2.9)", () => {
  test.each<[what: string, options: Parameters<typeof ask>[2], octets: number]>([
    ["UDP without EDNS", {}, 512],
    ["EDNS 1232", { udpOctets: 1232 }, 1232],
    ["EDNS 4096 is held to what we send over UDP", { udpOctets: 4096 }, 1232],
    ["EDNS below 512 means 512", { udpOctets: 100 }, 512],
  ])("%s: whole records that fit, in one order, TC, OPT kept, no additional", (_, options, octets) => {
    const answers = [1, 2, 77].map((id) => ask(snapshot, "web.svc.test. SRV", { ...options, id }));
    for (const answer of answers) {
      expect(answer.flags).toContain("tc");
      expect(answer.additional).toEqual([]);
      expect(answer.edns === undefined).toBe(options?.udpOctets === undefined);
      expect(texts(answer)).toEqual(texts(answers[0]!));
    }
    expect(texts(answers[0]!).length).toBeGreaterThan(octets / 50 - 3);
  });

  test("TCP: all of them with their addresses, rotated", () => {
    const answers = [0, 1].map((id) => ask(snapshot, "web.svc.test. SRV", { protocol: "tcp", id }));
    for (const { answer, additional, flags } of answers) {
      expect([answer.length, additional.length, flags.has("tc")]).toEqual([100, 100, false]);
    }
    expect(texts(answers[1]!)).toEqual([...texts(answers[0]!).slice(1), texts(answers[0]!)[0]]);
  });
});

test("of more than 100 a network gets a stable subset, and all networks together get all (DNS.md §2.10)", () => {
  const large = serviceOf(250).snapshot();
  const from = (address: string, id: number) =>
    new Set(texts(ask(large, "web.svc.test. A", { protocol: "tcp", address, id })));
  expect(from("192.0.2.1", 1).size).toBe(100);
  expect(from("192.0.2.200", 9)).toEqual(from("192.0.2.1", 1));
  const reached = new Set<string>();
  for (let net = 0; net < 200; net++) for (const address of from(`10.${net}.7.1`, 1)) reached.add(address);
  expect(reached.size).toBe(250);
});

test("before the table is loaded every name is SERVFAIL, never empty (DNS.md §2.13)", () => {
  expect(ask(undefined, "web.svc.test. A").rcode).toBe(2);
});
