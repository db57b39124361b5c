import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { ipv4Octets, ipv6Octets } from "../dns/addresses.ts";
import type { Endpoint } from "./transport.ts";

export const AF_INET = 2;
export const AF_INET6 = 10;

/** Octets of struct sockaddr_in and sockaddr_in6: family 0–1, port 2–3; IPv4 4–7; IPv6 8–23 and its scope 24–27. */
export const SOCKADDR_IN_OCTETS = 16;
export const SOCKADDR_IN6_OCTETS = 28;

/** The port of a socket address whose first word this is: network order, in a word that is little-endian. */
export function portIn(firstWord: number): number {
  return ((firstWord >>> 8) & 0xff00) | (firstWord >>> 24);
}

/** Writes the endpoint into 28 octets that are 0. */
export function writeSocketAddress(into: DataView, { address, port }: Endpoint): void {
  const isIpv6 = isIPv6(address);
  const [, host = "", zone = ""] = /^([^%]*)%?(.*)$/.exec(address) ?? [];
  const octets = (isIpv6 ? ipv6Octets(host) : ipv4Octets(host)) ?? "";
  into.setUint16(0, isIpv6 ? AF_INET6 : AF_INET, true);
  into.setUint16(2, port);
  for (let i = 0; i < octets.length; i++) into.setUint8((isIpv6 ? 8 : 4) + i, octets.charCodeAt(i));
  if (isIpv6) into.setUint32(24, scopeOf(zone), true);
}

/** The number of a zone (RFC 4007 §11): of "eth0" in "fe80::1%eth0", or itself in "fe80::1%2". 0 when there is none. */
function scopeOf(zone: string): number {
  const scope = networkInterfaces()[zone]?.find((one) => one.family === "IPv6" && one.scopeid !== 0);
  return scope?.family === "IPv6" ? scope.scopeid : Number(zone) || 0;
}
