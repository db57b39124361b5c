import { parseReverseZone } from "./catalog/reverse-records.ts";
import { parseTtlRule, TTL_SECONDS_MAX, type TtlRule, ttlRuleText } from "./catalog/service-ttl.ts";
import { type Grant, grantText, parseGrant } from "./dns/grants.ts";
import { foldedNameOf, type Name, nameText, ROOT } from "./dns/name.ts";
import type { Placed } from "./dns/network-map.ts";
import { type Network, networkText, parseNetwork } from "./dns/networks.ts";
import { type Octets, octetsOf, utf8, utf8Text } from "./dns/octets.ts";
import { parseTsigKey, type TsigKey } from "./dns/tsig-key.ts";
import { parseUpdateGrant, type UpdateGrant, updateGrantText } from "./dns/update-policy.ts";
import type { NotifyTarget } from "./server/notify.ts";
import { endpointText, type Kind, parsed, parseEndpoint } from "./settings-kinds.ts";

export const network: Kind<Network> = parsed(
  parseNetwork,
  "must be a network or an address such as 10.0.0.0/8, with no bit set behind the prefix",
  networkText,
);

export const grant: Kind<Grant> = parsed(
  parseGrant,
  'must be a network, "key NAME" or both, such as 10.0.0.0/8 key transfer',
  grantText,
);

export const locality: Kind<Placed<Octets>> = parsed(
  parseLocality,
  "must be a network and a locality, such as 10.1.0.0/16 eu-1a",
  ({ network, value }) => `${networkText(network)} ${utf8Text(value)}`,
);

export const updateGrant: Kind<UpdateGrant> = parsed(
  parseUpdateGrant,
  'must be "KEY name|subtree OWNER [TYPE…]", such as acme subtree example.org TXT',
  updateGrantText,
);

export const notifyTarget: Kind<NotifyTarget> = parsed(
  parseNotifyTarget,
  "must be an IP address and a port, and may name a key, such as 192.0.2.1:53 key transfer",
  ({ key, ...endpoint }) => endpointText(endpoint) + (key === undefined ? "" : ` key ${nameText(key)}`),
);

export const tsigKey: Kind<TsigKey> = parsed(
  parseTsigKey,
  "must be ALGORITHM:NAME:SECRET with hmac-sha256, -sha384 or -sha512 and a secret in base64",
);

export const reverseZone: Kind<Name> = parsed(
  parseReverseZone,
  "must be a network that ends at a label, such as 10.0.0.0/8 or 2001:db8::/32, or the name of a reverse zone",
  nameText,
);

export const ttlRule: Kind<TtlRule> = parsed(
  parseTtlRule,
  `must be a service or the beginning of one, and a TTL of 0–${TTL_SECONDS_MAX} s, such as db=30 or web-*=2`,
  ttlRuleText,
);

/** Leaves room in 255 octets for `<16 octets>.zones`. */
const CATALOG_OCTETS_MAX = 232;

export const catalogZoneName: Kind<Name> = parsed(
  (text) => {
    const name = foldedNameOf(text);
    return name !== undefined && name !== ROOT && name.length <= CATALOG_OCTETS_MAX ? name : undefined;
  },
  `must be a domain name of at most ${CATALOG_OCTETS_MAX} octets, such as catalog.example`,
  nameText,
);

/** 128 bits, as RFC 9018 §4 wants them. */
export const cookieSecret: Kind<Octets> = parsed(
  (text) => (/^[0-9A-Fa-f]{32}$/.test(text) ? octetsOf(Buffer.from(text, "hex")) : undefined),
  "must be 32 hexadecimal digits",
);

function parseLocality(text: string): Placed<Octets> | undefined {
  const [, where = "", value = ""] = /^(\S+)\s+(\S.*)$/.exec(text) ?? [];
  const at = parseNetwork(where);
  return at === undefined ? undefined : { network: at, value: utf8(value) };
}

function parseNotifyTarget(text: string): NotifyTarget | undefined {
  const [, where = "", keyText] = /^(\S+)(?:\s+key\s+(\S+))?$/.exec(text) ?? [];
  const endpoint = parseEndpoint(where);
  const key = keyText === undefined ? undefined : foldedNameOf(keyText);
  if (endpoint === undefined || endpoint.port === 0 || (keyText !== undefined && key === undefined)) return undefined;
  return key === undefined ? endpoint : { ...endpoint, key };
}
