import fc from "fast-check";
import { expect, test } from "vitest";
import { ipv4Text, ipv6Text } from "../../src/dns/addresses.ts";
import { octetsOf } from "../../src/dns/octets.ts";
import { AddressTexts } from "../../src/server/address-texts.ts";

const FAMILIES = [
  ["IPv4", false, 4, ipv4Text],
  ["IPv6", true, 16, ipv6Text],
] as const;

test.each(FAMILIES)("the text of an %s address is that of its octets", (_family, isIpv6, octets, textOf) => {
  const texts = new AddressTexts(isIpv6);
  const address = fc.uint8Array({ minLength: octets, maxLength: octets });
  const property = fc.property(fc.array(address, { minLength: 1 }), (addresses) => {
    const words = new Uint32Array(Uint8Array.from(addresses.flatMap((one) => [...one])).buffer);
    const seen = addresses.map((_, index) => texts.at(words, (index * octets) / 4));
    expect(seen).toEqual(addresses.map((one) => textOf(octetsOf(one))));
  });
  fc.assert(property);
});

test.each(FAMILIES)("more %s addresses than are remembered have their texts too", (_family, isIpv6, octets, textOf) => {
  const texts = new AddressTexts(isIpv6);
  const addresses = Array.from({ length: 20_000 }, (_, i) => {
    const one = new Uint8Array(octets);
    new DataView(one.buffer).setUint16(octets - 2, i);
    return one;
  });
  const twice = [...addresses, ...addresses];
  expect(twice.map((one) => texts.at(new Uint32Array(one.buffer), 0))).toEqual(
    twice.map((one) => textOf(octetsOf(one))),
  );
});
