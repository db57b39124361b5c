import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { instanceCount, type Layout, ZONE } from "./table.ts";

/** What a server calls the things that are asked for. */
export interface Naming {
  instance(service: number, id: number): string;
  service(service: number): string;
  /** A name that is not there, of a label that is nobody's. */
  nothing(label: string, service: number): string;
}

export const OUR_NAMES: Naming = {
  instance: (service, id) => `i-${id}.i.s-${service}.${ZONE}`,
  service: (service) => `s-${service}.${ZONE}`,
  nothing: (label, service) => (service % 2 === 0 ? `${label}.${ZONE}` : `${label}.i.s-${service}.${ZONE}`),
};

/** Queries by what they ask for, and the share of them that is answered NXDOMAIN. */
export const MIXES = {
  A: 0,
  "SRV of 8": 0,
  TXT: 0,
  NXDOMAIN: 1,
  "NXDOMAIN, random": 1,
  mixed: 0.25,
} as const;
export type Mix = keyof typeof MIXES;
/** What is there, against what is not. */
export const HITS: readonly Mix[] = ["A", "SRV of 8", "TXT"];

const QUERIES_MAX = 50_000;
const RANDOM_NAMES = 200_000;
/** Prime, so that neighbours in a file are strangers in the table and no cache of the processor helps. */
const STRIDE = 7919;

/** Writes a file for each mix, a query a line, in the form dnsperf reads. */
export function writeQueries(directory: string, layout: Layout, names: Naming): Readonly<Record<Mix, string>> {
  const write = ([mix, lines]: [string, readonly string[]]) => {
    const file = join(directory, `${mix}.queries`);
    writeFileSync(file, `${lines.join("\n")}\n`);
    return [mix, file];
  };
  return Object.fromEntries(Object.entries(queryLines(layout, names)).map(write));
}

/** The queries of each mix, as `name TYPE`. */
export function queryLines(layout: Layout, names = OUR_NAMES): Readonly<Record<Mix, readonly string[]>> {
  const count = instanceCount(layout);
  const each = (line: (service: number, id: number, n: number) => string) =>
    Array.from({ length: Math.min(count, QUERIES_MAX) }, (_, n) => {
      const instance = (n * STRIDE) % count;
      return line(instance % layout.services, n % layout.instancesPerService, n);
    });
  const a = each((service, id) => `${names.instance(service, id)} A`);
  const srv = each((service) => `${names.service(service)} SRV`);
  const txt = each((service, id) => `${names.instance(service, id)} TXT`);
  const random = Array.from(
    { length: RANDOM_NAMES },
    (_, n) => `${names.nothing(randomLabel(), n % layout.services)} A`,
  );
  return {
    A: a,
    "SRV of 8": srv,
    TXT: txt,
    NXDOMAIN: each((_, __, n) => `${names.nothing(`no-${n % 200}`, n % 200)} A`),
    "NXDOMAIN, random": random,
    mixed: a.flatMap((line, n) => [line, srv[n]!, txt[n]!, random[n]!]),
  };
}

function randomLabel(): string {
  return `r${Math.floor(Math.random() * 2 ** 40).toString(36)}`;
}
