import type { Inspector, Place } from "./api/options.ts";
import { decodeMessage, encodeQuery } from "./dns/message.ts";
import { foldName, labelsOf, nameText } from "./dns/name.ts";
import { MESSAGE_OCTETS_MAX } from "./dns/numbers.ts";
import { soughtName } from "./dns/sought-name.ts";
import type { Layers } from "./live-zones.ts";
import type { Publisher } from "./publisher.ts";
import type { Responder } from "./server/transport.ts";
import { lookup, zoneToAsk } from "./zone/lookup.ts";
import { childOf, isVacant, type Node } from "./zone/node.ts";

const SOURCES: readonly (readonly [Place["sources"][number], keyof Layers])[] = [
  ["registered", "generated"],
  ["update", "updated"],
  ["static", "fixed"],
];

/** Looks at answers from within, for whoever explains them: the responder is the one that clients ask. */
export function createInspector(publisher: Publisher, responder: Responder): Inspector {
  return {
    scheme: () => publisher.scheme,

    // Over TCP nothing is cut off, and nobody's rate is limited.
    ask(name, type, address) {
      const query = encodeQuery({ id: 0, name, type, edns: { udpOctets: MESSAGE_OCTETS_MAX } });
      const out = new Uint8Array(MESSAGE_OCTETS_MAX);
      const length = responder.respond(query, { address, port: 0, protocol: "tcp" }, out);
      return length > 0 ? decodeMessage(out.subarray(0, length)) : undefined;
    },

    place(name, type) {
      const snapshot = publisher.current();
      const sought = soughtName(name);
      const zone = snapshot && zoneToAsk(snapshot, sought, type);
      if (zone === undefined) return undefined;
      const layers = publisher.layers(foldName(zone.origin));
      const labels = labelsOf(foldName(name)).slice(0, sought.count - zone.depth);
      const sources = SOURCES.filter(([, layer]) => layers && says(layers[layer], labels)).map(([source]) => source);
      return { zone: nameText(zone.origin), serial: zone.serial, outcome: lookup(zone, sought, type).kind, sources };
    },
  };
}

/** True when a tree has something at or below these labels, leftmost first. */
function says(tree: Node, labels: readonly string[]): boolean {
  let node: Node | undefined = tree;
  for (const label of labels.toReversed()) node = node && childOf(node, label);
  return node !== undefined && !isVacant(node);
}
