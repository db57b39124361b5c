import { stat } from "node:fs/promises";
import { problemText } from "./dns/master-file.ts";
import { nameText, parseName } from "./dns/name.ts";
import { buildZones } from "./zone/build.ts";
import { eachChild } from "./zone/children.ts";
import type { Node } from "./zone/node.ts";
import { readZoneFile, readZoneFiles } from "./zone-files.ts";

/** What the server would make of master files, and of directories of them, taken together. */
export async function checkZones(
  paths: readonly string[],
  discoveryZone: string,
): Promise<{
  readonly zones: readonly { readonly origin: string; readonly serial: number; readonly records: number }[];
  readonly problems: readonly string[];
}> {
  const read = await Promise.all(
    paths.map(async (path) => ((await isDirectory(path)) ? readZoneFiles(path) : readZoneFile(path))),
  );
  const files = read.flatMap((part) => part.files.map(({ records }) => records));
  const built = buildZones(files, parseName(discoveryZone));
  const problems = [...read.flatMap((part) => part.problems), ...built.problems];
  const zones = built.zones
    .map(({ origin, serial, apex }) => ({ origin: nameText(origin), serial, records: countRecords(apex) }))
    .filter(({ records }) => records > 0);
  return { zones, problems: problems.map(problemText) };
}

/** What is not there is taken for a file, and reading it tells that. */
async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

function countRecords(node: Node): number {
  let count = node.rrsets.reduce((sum, { rdatas }) => sum + rdatas.length, 0);
  for (const child of eachChild(node.children)) count += countRecords(child);
  return count;
}
