import { stat } from "node:fs/promises";
import { problemText } from "./dns/master-file.ts";
import { type Name, nameText } from "./dns/name.ts";
import { buildZones, type StaticZone } from "./zone/build.ts";
import { eachChild } from "./zone/children.ts";
import { isVacant, type Node } from "./zone/node.ts";
import { readZoneFile, readZoneFiles, type ZoneFiles } from "./zone-files.ts";

/** Zones of master files, and all that is wrong with them as lines `file:line:column: message`. */
export interface ZonesRead {
  /** Fit for use only when there is no problem. */
  readonly zones: readonly StaticZone[];
  readonly problems: readonly string[];
}

/** Reads the static zones that are served within and beside the discovery zone. A missing directory holds none. */
export async function readZones(directory: string, discovery: Name): Promise<ZonesRead> {
  return zonesOf(await readZoneFiles(directory, { mayBeMissing: true }), discovery);
}

/** `muster check-zone`: what the server would make of a master file, or of a directory of them. */
export async function checkZones(path: string, discovery: Name) {
  const isDirectory = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  const { zones, problems } = zonesOf(isDirectory ? await readZoneFiles(path) : await readZoneFile(path), discovery);
  const summaries = zones
    .filter(({ apex }) => !isVacant(apex))
    .map(({ origin, serial, apex }) => ({ apex: nameText(origin), serial, records: countRecords(apex) }));
  return { zones: summaries, problems };
}

function zonesOf({ files, problems }: ZoneFiles, discovery: Name): ZonesRead {
  const built = buildZones(
    files.map(({ records }) => records),
    discovery,
  );
  return { zones: built.zones, problems: [...problems, ...built.problems].map(problemText) };
}

function countRecords(node: Node): number {
  let count = node.rrsets.reduce((sum, { rdatas }) => sum + rdatas.length, 0);
  for (const child of eachChild(node.children)) count += countRecords(child);
  return count;
}
