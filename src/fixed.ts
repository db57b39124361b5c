import type { Scheme } from "./catalog/scheme.ts";
import { problemText } from "./dns/master-file.ts";
import { parseName } from "./dns/name.ts";
import type { Settings } from "./settings.ts";
import { ZONES_DIR_DEFAULT } from "./settings-table.ts";
import { buildZones, type StaticZone } from "./zone/build.ts";
import { readZoneFiles } from "./zone-files.ts";

/** What the answers depend on besides the feed; replaced as a whole when zones and settings are read again. */
export interface Fixed {
  readonly scheme: Scheme;
  readonly zones: readonly StaticZone[];
}

/** Zones and scheme as files and settings say now. Throws with every problem of the files, a line each. */
export async function readFixed(settings: Settings): Promise<Fixed> {
  const scheme: Scheme = {
    zone: parseName(settings.zone),
    ttlSeconds: settings.ttlSeconds,
    negativeTtlSeconds: settings.negativeTtlSeconds,
    maxAnswers: settings.dns.maxAnswers,
    diagnostics: settings.dns.diagnostics,
  };
  const read = await readZoneFiles(settings.zonesDir, { mayBeMissing: settings.zonesDir === ZONES_DIR_DEFAULT });
  const built = buildZones(
    read.files.map(({ records }) => records),
    scheme.zone,
  );
  const problems = [...read.problems, ...built.problems].map(problemText);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return { scheme, zones: built.zones };
}
