import type { Generated } from "./catalog/generate.ts";
import { foldName, nameOf, nameText, parentOf } from "./dns/name.ts";
import type { Fixed } from "./fixed.ts";
import type { StaticZone } from "./zone/build.ts";
import { childOf, type Node } from "./zone/node.ts";
import { clashes } from "./zone/overlay.ts";

/** Where files and what is registered cannot stand side by side, a line each. */
export function clashesOf(generated: Generated, fixed: Fixed): string[] {
  const discovery = discoveryOf(fixed);
  const registered = generated.get(fixed.scheme.zone);
  if (discovery === undefined || registered === undefined) return [];
  return [...clashes(registered, discovery.apex)].map((labels) => {
    const owner = nameOf(labels, fixed.scheme.zone);
    const place = discovery.marks.get(owner) ?? "static data";
    return `${place}: ${nameText(owner)} clashes with the service "${labels.at(-1)}"`;
  });
}

/** Why data that somebody wrote down, in a file or by an update, leaves no room for a service of this name, if it does not. */
export function obstacleTo(service: string, fixed: Fixed, updated: Node | undefined): string | undefined {
  const { zone } = fixed.scheme;
  const marks = discoveryOf(fixed)?.marks;
  for (const labels of [
    ["i", service],
    [`_${service}`, "_tcp"],
    [`_${service}`, "_udp"],
  ]) {
    const owner = nameOf(labels, zone);
    for (let name = owner; name.length > zone.length; name = parentOf(name)) {
      const place = marks?.get(name);
      if (place !== undefined) return `the static data at ${nameText(name)} (${place}) leaves no room for it`;
    }
    if (updated !== undefined && isMarkedAlong(updated, labels))
      return `an alias or a delegation that an update put at or above ${nameText(owner)} leaves no room for it`;
  }
  return undefined;
}

/** True when a CNAME, DNAME or NS stands on the way down from the apex along these labels, leftmost first. */
function isMarkedAlong(apex: Node, labels: readonly string[]): boolean {
  let node: Node | undefined = apex;
  for (const label of labels.toReversed()) {
    node = childOf(node, label);
    if (node === undefined) return false;
    if (node.marks !== 0) return true;
  }
  return false;
}

function discoveryOf({ zones, scheme }: Fixed): StaticZone | undefined {
  return zones.find((zone) => foldName(zone.origin) === scheme.zone);
}
