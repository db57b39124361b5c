import fc from "fast-check";
import { expect, test } from "vitest";
import { NetworkMap } from "../../src/dns/network-map.ts";
import { contains, masked, type Network, parseNetwork } from "../../src/dns/networks.ts";

const at = (text: string): Network => parseNetwork(text)!;
const MAP = new NetworkMap([
  { network: at("0.0.0.0/0"), value: "all" },
  { network: at("10.0.0.0/8"), value: "ten" },
  { network: at("10.1.0.0/16"), value: "one" },
  { network: at("2001:db8::/32"), value: "six" },
]);

test.each<[asked: string, value: string | undefined, scope: number]>([
  ["10.1.2.3", "one", 16],
  ["10.2.0.0/16", "ten", 15],
  ["10.0.0.0/8", "ten", 16],
  ["192.0.2.1", "all", 1],
  ["2001:db8::1", "six", 32],
  ["2001:db9::", undefined, 32],
])("%s is in %s, and that takes %i bits", (asked, value, scope) => {
  expect(MAP.find(at(asked))).toEqual({ value, scope });
  expect(MAP.find(at(asked))).toEqual({ value, scope });
});

test("every address that shares the bits of a scope is in the same network", () => {
  const octets = fc.tuple(fc.constantFrom(10, 11, 138), fc.nat(3), fc.nat(255), fc.nat(255));
  const address = octets.map((parts) => String.fromCharCode(...parts));
  const network = fc.tuple(address, fc.nat(32)).map(([all, bits]) => ({ octets: masked(all, bits), bits }));
  fc.assert(
    fc.property(
      fc.uniqueArray(network, { selector: ({ octets, bits }) => `${octets}/${bits}` }),
      address,
      address,
      (networks, one, other) => {
        const map = new NetworkMap(networks.map((each) => ({ network: each, value: each })));
        const found = map.find({ octets: one, bits: 32 });
        const longest = networks.filter((each) => contains(each, one)).sort((a, b) => b.bits - a.bits)[0];
        expect(found.value).toBe(longest);
        if (masked(one, found.scope) === masked(other, found.scope))
          expect(map.find({ octets: other, bits: 32 }).value).toBe(longest);
      },
    ),
  );
});
