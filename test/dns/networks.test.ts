import fc from "fast-check";
import { expect, test } from "vitest";
import { ipv4Octets, ipv4Text, ipv6Octets, ipv6Text } from "../../src/dns/addresses.ts";
import { addressOctets, contains, masked, Networks, networkText, parseNetwork } from "../../src/dns/networks.ts";

test.each([
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.1/32", "192.0.2.1"],
  ["192.0.2.128/25", "192.0.2.128/25"],
  ["::/0", "::/0"],
  ["::1", "::1"],
  ["2001:DB8::/32", "2001:db8::/32"],
  ["2001:db8::1/128", "2001:db8::1"],
  ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
])("%s is the network %s", (text, canonical) => {
  expect(networkText(parseNetwork(text)!)).toBe(canonical);
});

test.each([
  "",
  "/",
  "/8",
  "10.0.0.0/",
  "10.0.0.0/33",
  "10.0.0.0/08",
  "10.0.0.0/-1",
  "10.0.0.0/8/8",
  "10.0.0.0/255.0.0.0",
  " 10.0.0.0/8",
  "10/8",
  "10.0.0.1/8",
  "0.0.0.1/0",
  "192.0.2.129/25",
  "::/129",
  "2001:db8::1/64",
  "::ffff:0:0/90",
  "fe80::%eth0/10",
  "localhost",
])("%j is no network", (text) => {
  expect(parseNetwork(text)).toBeUndefined();
});

test.each([
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["192.0.2.128/25", "192.0.2.128", true],
  ["192.0.2.128/25", "192.0.2.127", false],
  ["192.0.2.4/31", "192.0.2.5", true],
  ["192.0.2.4/31", "192.0.2.6", false],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "::1", false],
  ["::/0", "203.0.113.9", false],
  ["10.0.0.0/8", "::ffff:10.1.2.3", true],
  ["::/0", "::ffff:10.1.2.3", false],
  ["fe80::/10", "fe80::1%eth0", true],
  ["2001:db8::/33", "2001:db8:7fff::1", true],
  ["2001:db8::/33", "2001:db8:8000::1", false],
  ["::1", "::1", true],
  ["::1", "::2", false],
])("%s and %s: contained is %s", (network, address, isIn) => {
  expect(contains(parseNetwork(network)!, addressOctets(address)!)).toBe(isIn);
  expect(new Networks([parseNetwork("203.0.113.0/31")!, parseNetwork(network)!]).has(address)).toBe(isIn);
});

const address = fc.oneof(fc.ipV4().map(ipv4Octets), fc.ipV6().map(ipv6Octets));

test("a network contains the addresses that share its first bits, and no others", () => {
  fc.assert(
    fc.property(address, fc.nat(), fc.nat(), (octets, bitsSeed, flipSeed) => {
      if (octets === undefined) throw new Error("fast-check made no address");
      const text = octets.length === 4 ? ipv4Text(octets) : ipv6Text(octets);
      const canonical = addressOctets(text)!;
      const size = canonical.length * 8;
      const network = { octets: masked(canonical, bitsSeed % (size + 1)), bits: bitsSeed % (size + 1) };
      expect(parseNetwork(networkText(network))).toEqual(network);
      const flipped = flipSeed % size;
      expect(contains(network, canonical)).toBe(true);
      expect(contains(network, withBitFlipped(canonical, flipped))).toBe(flipped >= network.bits);
    }),
  );
});

function withBitFlipped(octets: string, bit: number): string {
  const at = bit >>> 3;
  const code = octets.charCodeAt(at) ^ (0x80 >>> (bit & 7));
  return octets.slice(0, at) + String.fromCharCode(code) + octets.slice(at + 1);
}

test("networks say the same of an address however often and however many others were asked for", () => {
  const networks = new Networks([parseNetwork("10.0.0.0/9")!]);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 10_000; i++) {
      const [high, low] = [i >>> 8, i & 0xff];
      expect(networks.has(`10.${low}.${high}.1`)).toBe(low < 128);
    }
  }
});

test("what is no address lies in no network", () => {
  const networks = new Networks([parseNetwork("0.0.0.0/0")!, parseNetwork("::/0")!]);
  for (const text of ["", "somewhere", "1.2.3"]) {
    expect(addressOctets(text)).toBeUndefined();
    expect(networks.has(text)).toBe(false);
  }
});
