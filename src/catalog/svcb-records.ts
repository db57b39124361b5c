import { TYPE } from "../dns/numbers.ts";
import { flat, type Octets, u16, utf8 } from "../dns/octets.ts";
import type { RRset } from "../zone/rrset.ts";
import { givenRRset } from "./given-rrset.ts";
import type { Group } from "./group.ts";
import { targetOf } from "./instance-records.ts";
import type { Instance, Port } from "./model.ts";
import type { Scheme } from "./scheme.ts";

const PRIORITY_MAX = 65_535;
/** What a client of an HTTPS record can speak to it: who declares none of these has no HTTP there. */
const HTTP_IDS: ReadonlySet<string> = new Set(["h3", "h2", "http/1.1", "http/1.0"]);
/** What an HTTPS record promises unless it says otherwise (RFC 9460 §9). */
const HTTPS_DEFAULT_ID = "http/1.1";

/** SvcParamKeys (RFC 9460 §14.3.2). */
const [KEY_ALPN, KEY_NO_DEFAULT_ALPN, KEY_PORT] = [1, 2, 3];

/**
 * SVCB and HTTPS of a group (RFC 9460): each answered instance at its first port that declares ALPN, and that declares
 * HTTP. Neither where none does, which is nearly everywhere and costs nothing there.
 */
export function bindingRRsets(group: Group): (RRset | undefined)[] {
  const svcb = bindingRRset(TYPE.SVCB, group, ({ alpn }) => alpn.length > 0);
  const https = bindingRRset(TYPE.HTTPS, group, ({ alpn }) => alpn.some((id) => HTTP_IDS.has(id)));
  return [svcb, https];
}

function bindingRRset(type: number, group: Group, isBound: (port: Port) => boolean): RRset | undefined {
  return givenRRset(type, group, group.known, ({ instance }) => {
    const port = instance.registration.ports.find(isBound);
    return port === undefined ? [] : [bindingRdata(type, instance, port, group.policy.scheme)];
  });
}

/** Priority 0 would be AliasMode (RFC 9460 §2.4.1), so ours begin with 1. */
function bindingRdata(type: number, instance: Instance, port: Port, scheme: Scheme): Octets {
  const priority = Math.min(instance.registration.priority + 1, PRIORITY_MAX);
  return flat(u16(priority) + targetOf(instance, scheme) + paramsOf(type, port));
}

/** The SvcParams of a port, in ascending order of their keys (RFC 9460 §2.2). */
function paramsOf(type: number, { port, alpn }: Port): Octets {
  const ids = alpn.map((id) => utf8(id)).map((id) => String.fromCharCode(id.length) + id);
  const lacksDefault = type === TYPE.HTTPS && !alpn.includes(HTTPS_DEFAULT_ID);
  return (
    param(KEY_ALPN, ids.join("")) + (lacksDefault ? param(KEY_NO_DEFAULT_ALPN, "") : "") + param(KEY_PORT, u16(port))
  );
}

function param(key: number, value: Octets): Octets {
  return u16(key) + u16(value.length) + value;
}
