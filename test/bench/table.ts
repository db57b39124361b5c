/** The zone that every server answers, named and shaped as Muster derives it from registrations. */
export const ZONE = "svc.bench";

/** How many of what: services `s-0` …, each with instances `i-0` …. */
export interface Layout {
  readonly services: number;
  readonly instancesPerService: number;
}

export const TABLES: readonly Layout[] = [
  { services: 1250, instancesPerService: 8 },
  { services: 12_500, instancesPerService: 8 },
];

export function instanceCount({ services, instancesPerService }: Layout): number {
  return services * instancesPerService;
}

/** A table's name in titles: `10 000 instances`. */
export function tableText(layout: Layout): string {
  return `${String(instanceCount(layout)).replace(/\B(?=(\d{3})+$)/g, " ")} instances`;
}

export interface Instance {
  readonly service: number;
  readonly id: number;
  readonly address: string;
}

export function* instancesOf({ services, instancesPerService }: Layout): Generator<Instance> {
  for (let n = 0; n < services * instancesPerService; n++) {
    yield { service: Math.floor(n / instancesPerService), id: n % instancesPerService, address: addressOf(n) };
  }
}

export function addressOf(n: number): string {
  return `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
}

export const PORT = 8080;
export const META = { version: "1.4.2" };

/** The records that are asked for, as a master file: an SRV for each instance of a service, A and TXT at its own name. */
export function zoneText(layout: Layout): string {
  const lines = [`$ORIGIN ${ZONE}.`, "$TTL 5", "@ SOA ns hostmaster 1 3600 600 86400 1", "@ NS ns", "ns A 192.0.2.1"];
  for (const { service, id, address } of instancesOf(layout)) {
    const owner = `i-${id}.i.s-${service}`;
    lines.push(
      `s-${service} SRV 10 256 ${PORT} ${owner}`,
      `${owner} A ${address}`,
      `${owner} TXT "version=${META.version}"`,
    );
  }
  return `${lines.join("\n")}\n`;
}
