import { foldName, labelsOf, type Name, nameOf } from "../dns/name.ts";
import { TYPE } from "../dns/numbers.ts";
import { u32 } from "../dns/octets.ts";
import { sipHash24 } from "../dns/siphash.ts";
import { hexText } from "../dns/text-encodings.ts";
import type { StaticZone } from "./build.ts";
import { withChild } from "./children.ts";
import { type Children, makeNode } from "./node.ts";
import { rrset } from "./rrset.ts";

/** TTLs say nothing here: nobody but secondaries reads a catalog zone, and they transfer it. */
const TTL_SECONDS = 0;
const [REFRESH_SECONDS, RETRY_SECONDS, EXPIRE_SECONDS] = [60, 10, 604_800];
/** Nobody is sent to the servers of a catalog zone: it is not for resolvers (RFC 9432 §4). */
const NO_SERVER = nameOf(["invalid"]);
/** The schema version, as a character-string (RFC 9432 §4.2.1). */
const VERSION = "\x012";

/** A catalog zone (RFC 9432): the list of zones that its secondaries shall hold, themselves configured for no more than it. */
export function catalogZone(origin: Name, members: readonly Name[], serial: number): StaticZone {
  const times = [serial, REFRESH_SECONDS, RETRY_SECONDS, EXPIRE_SECONDS, TTL_SECONDS].map(u32).join("");
  let nodes: Children;
  for (const member of members)
    nodes = withChild(nodes, makeNode(memberLabel(member), [rrset(TYPE.PTR, TTL_SECONDS, [member])]));
  let children = withChild(undefined, makeNode("version", [rrset(TYPE.TXT, TTL_SECONDS, [VERSION])]));
  if (nodes !== undefined) children = withChild(children, makeNode("zones", [], nodes));
  const apex = makeNode(
    labelsOf(origin)[0] ?? "",
    [rrset(TYPE.SOA, TTL_SECONDS, [NO_SERVER + NO_SERVER + times]), rrset(TYPE.NS, TTL_SECONDS, [NO_SERVER])],
    children,
  );
  return { origin, serial, apex, marks: new Map() };
}

const LABEL_KEY = "\0".repeat(16);

/**
 * The label under which a member stands. It follows from the member's name alone: were it another after a restart, or when
 * zones come and go, secondaries would forget what they hold of it and begin anew (RFC 9432 §5.4).
 */
function memberLabel(member: Name): string {
  return hexText(sipHash24(LABEL_KEY, foldName(member))).toLowerCase();
}
