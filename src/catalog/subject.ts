import { foldName, isAtOrBelow, labelsOf, type Name } from "../dns/name.ts";
import { type Protocol, RESERVED_TAGS } from "./model.ts";
import type { Scheme } from "./scheme.ts";

/** What a name of the discovery zone speaks of, by the naming scheme alone: nothing of it needs to be registered. */
export type Subject =
  /** The instances of a service, or those that bear a tag; at a named port, or by protocol at their first one. */
  | {
      readonly kind: "group";
      readonly service: string;
      readonly tag?: string;
      readonly port?: string;
      readonly protocol?: Protocol;
    }
  | { readonly kind: "instance"; readonly service: string; readonly id: string }
  | { readonly kind: "leader"; readonly service: string }
  /** Dynamic configuration; of all services where none is named. */
  | { readonly kind: "configuration"; readonly service?: string }
  /** `_status` and `_why`. */
  | { readonly kind: "diagnosis"; readonly service: string }
  | { readonly kind: "browsing" }
  | { readonly kind: "other" };

const OTHER: Subject = { kind: "other" };

/** What a name speaks of; "other" outside of the scheme, and for the names of our own inner workings. */
export function subjectOf(name: Name, { zone }: Scheme, isService: (name: string) => boolean): Subject {
  const folded = foldName(name);
  if (!isAtOrBelow(folded, zone)) return OTHER;
  const labels = labelsOf(folded).slice(0, labelsOf(folded).length - labelsOf(zone).length);
  const last = labels.pop();
  if (last === undefined) return OTHER;
  if (last === "_config") return { kind: "configuration" };
  const protocol = protocolOf(last);
  if (protocol !== undefined) return underProtocol(labels, protocol, isService);
  return last.startsWith("_") ? OTHER : underService(labels, last);
}

/** `_web._tcp`: the form of RFC 2782 where there is such a service, else a type to browse for (RFC 6763 §4). */
function underProtocol(labels: readonly string[], protocol: Protocol, isService: (name: string) => boolean): Subject {
  const service = labels.length === 1 ? labels[0]!.slice(1) : "";
  return isService(service) ? { kind: "group", service, protocol } : { kind: "browsing" };
}

/** The labels are those in front of the service's own, leftmost first. */
function underService(labels: readonly string[], service: string): Subject {
  if (labels.includes("_config")) return { kind: "configuration", service };
  if (labels[0] === "_status" || labels[0] === "_why") return { kind: "diagnosis", service };
  const last = labels.at(-1);
  if (last === "leader" && labels.length === 1) return { kind: "leader", service };
  if (last === "i") return labels.length === 2 ? { kind: "instance", service, id: labels[0]! } : OTHER;
  const tag = last === undefined || last.startsWith("_") || RESERVED_TAGS.has(last) ? undefined : last;
  const rest = tag === undefined ? labels : labels.slice(0, -1);
  const group = { kind: "group", service, ...(tag !== undefined && { tag }) } as const;
  if (rest.length === 0) return group;
  const [port = "", protocol] = [rest[0], protocolOf(rest[1] ?? "")];
  if (rest.length !== 2 || protocol === undefined || !port.startsWith("_")) return OTHER;
  return { ...group, port: port.slice(1), protocol };
}

function protocolOf(label: string): Protocol | undefined {
  return label === "_tcp" || label === "_udp" ? (label.slice(1) as Protocol) : undefined;
}
