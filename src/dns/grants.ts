import { foldedNameOf, type Name, nameText } from "./name.ts";
import { addressOctets, contains, type Network, networkText, parseNetwork } from "./networks.ts";

/** Who may: a client in `network` (absent: anywhere) that signs with `key` (absent: whether it signs or not). */
export interface Grant {
  readonly network?: Network;
  /** Folded. */
  readonly key?: Name;
}

/** Reads `10.0.0.0/8`, `key NAME` or `10.0.0.0/8 key NAME`; undefined when it is none of these. */
export function parseGrant(text: string): Grant | undefined {
  const parts = /^(?:([0-9A-Fa-f.:/]+)(?:\s+|$))?(?:key\s+(\S+))?$/.exec(text.trim());
  const [, networkPart, keyPart] = parts ?? [];
  if (networkPart === undefined && keyPart === undefined) return undefined;
  const network = networkPart === undefined ? undefined : parseNetwork(networkPart);
  const key = keyPart === undefined ? undefined : foldedNameOf(keyPart);
  if (networkPart !== undefined && network === undefined) return undefined;
  if (keyPart !== undefined && key === undefined) return undefined;
  return { ...(network && { network }), ...(key && { key }) };
}

/** The grant in the form that `parseGrant` reads. */
export function grantText({ network, key }: Grant): string {
  return [...(network ? [networkText(network)] : []), ...(key ? [`key ${nameText(key)}`] : [])].join(" ");
}

/** True when one of the grants covers a client at `address` whose request `key` (folded) signed; undefined: none did. */
export function isGranted(grants: readonly Grant[], address: string, key: Name | undefined): boolean {
  const octets = addressOctets(address);
  return grants.some(
    ({ network, key: required }) =>
      (network === undefined || (octets !== undefined && contains(network, octets))) &&
      (required === undefined || required === key),
  );
}
