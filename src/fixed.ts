import { apexRecords } from "./catalog/apex-records.ts";
import { reverseApex } from "./catalog/reverse-records.ts";
import type { Scheme } from "./catalog/scheme.ts";
import { problemText } from "./dns/master-file.ts";
import { foldName, type Name, nameText, parseName } from "./dns/name.ts";
import type { Settings } from "./settings.ts";
import { ZONES_DIR_DEFAULT } from "./settings-table.ts";
import { buildZones, hasSoa, type StaticZone } from "./zone/build.ts";
import { catalogZone } from "./zone/catalog-zone.ts";
import type { Node } from "./zone/node.ts";
import { overlay } from "./zone/overlay.ts";
import { readZoneFiles } from "./zone-files.ts";

/** What the answers depend on besides the feed; replaced as a whole when zones and settings are read again. */
export interface Fixed {
  readonly scheme: Scheme;
  /** Each with an SOA: of ours where its file has none. */
  readonly zones: readonly StaticZone[];
}

const CATALOG_PROBLEM = "Cannot set dns.catalogZone as it must have a name of its own";
const UNSPECIFIED = new Set(["0.0.0.0", "::"]);

/** Zones and scheme as files and settings say now. Throws with every problem of the files, a line each. */
export async function readFixed(settings: Settings): Promise<Fixed> {
  const { maxAnswers, diagnostics, reverseZones, listen } = settings.dns;
  const { ttlSeconds, serviceTtlSeconds: ttlRules, negativeTtlSeconds } = settings;
  const zone = parseName(settings.zone);
  const scheme: Scheme = { zone, ttlSeconds, ttlRules, negativeTtlSeconds, maxAnswers, diagnostics, reverseZones };
  const read = await readZoneFiles(settings.zonesDir, { mayBeMissing: settings.zonesDir === ZONES_DIR_DEFAULT });
  const built = buildZones(
    read.files.map(({ records }) => records),
    scheme.zone,
  );
  const problems = [...read.problems, ...built.problems].map(problemText);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const addresses = listen.map(({ address }) => address).filter((address) => !UNSPECIFIED.has(address));
  return { scheme, zones: completed(built.zones, scheme, addresses, settings.dns.catalogZone) };
}

/** The zones of the files with those that no file has to bring: discovery, reverse and catalog zone. */
export function completed(
  files: readonly StaticZone[],
  scheme: Scheme,
  nsAddresses: readonly string[],
  catalog?: Name,
): readonly StaticZone[] {
  const zones = new Map(files.map((zone) => [foldName(zone.origin), zone]));
  const complete = (origin: Name, ours: () => Node) => {
    const zone = zones.get(origin);
    if (zone === undefined) zones.set(origin, { origin, serial: 0, apex: ours(), marks: new Map() });
    else if (!hasSoa(zone)) zones.set(origin, { ...zone, apex: overlay(ours(), zone.apex).merged });
  };
  complete(scheme.zone, () => apexRecords(scheme, nsAddresses));
  const { apex } = zones.get(scheme.zone)!;
  for (const origin of scheme.reverseZones) complete(origin, () => reverseApex(origin, apex));
  if (catalog !== undefined && zones.has(catalog))
    throw new Error(`${CATALOG_PROBLEM}: ${nameText(catalog)} is another zone`);
  // What files hold has no revision: the list of zones is as old as its reading.
  const now = Math.floor(Date.now() / 1000);
  if (catalog !== undefined) zones.set(catalog, catalogZone(catalog, [...zones.keys()], now));
  return [...zones.values()];
}
