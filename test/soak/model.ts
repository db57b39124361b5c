import { ZONE } from "../bench/table.ts";

/*
 * What the server must answer, worked out from the scheme of names alone and from nothing that the server is made of: the
 * records of a service whose instances have one address, one port and one metadatum.
 */

export interface Instance {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly version: string;
  readonly isInMaintenance: boolean;
}

/** The instances of a service at one moment, by their ids. */
export type State = ReadonlyMap<string, Instance>;

export interface Question {
  /** Whose: the service itself, or one of its instances. */
  readonly id: string | undefined;
  readonly type: "A" | "AAAA" | "SRV" | "TXT";
}

const TTL_SECONDS = 5;
const PRIORITY = 10;
/** Of weights on the wire. */
const WEIGHT_FACTOR = 256;

export function questionName(service: string, { id }: Question): string {
  return id === undefined ? `${service}.${ZONE}.` : `${id}.i.${service}.${ZONE}.`;
}

/** The response as `describe` tells it: rcode and AA, then the records of answer and additional section, in sorted lines. */
export function expected(service: string, question: Question, state: State): string {
  const { id, type } = question;
  const instance = id === undefined ? undefined : state.get(id);
  if (state.size === 0 || (id !== undefined && instance === undefined)) return describe("NXDOMAIN", []);
  const owner = questionName(service, question);
  const asked = instance === undefined || id === undefined ? answered(state) : [[id, instance] as const];
  const record = (rdata: string) => `an ${owner} ${TTL_SECONDS} ${type} ${rdata}`;
  switch (type) {
    case "A":
      return describe("NOERROR", [...new Set(asked.map(([, { address }]) => record(address)))]);
    case "AAAA":
      return describe("NOERROR", []);
    case "TXT":
      return describe(
        "NOERROR",
        id === undefined ? [] : asked.map(([, { version }]) => record(`"version=${version}"`)),
      );
    case "SRV":
      return describe(
        "NOERROR",
        asked.flatMap(([target, { address, port, weight }]) => {
          const name = questionName(service, { id: target, type });
          return [
            record(`${PRIORITY} ${weight * WEIGHT_FACTOR} ${port} ${name}`),
            // At its own name the target is the owner, and its address is sent as well.
            `ad ${name} ${TTL_SECONDS} A ${address}`,
          ];
        }),
      );
  }
}

/** Those that the service's own name answers. Nobody has a check, so all but those in maintenance pass. */
function answered(state: State): (readonly [string, Instance])[] {
  return [...state].filter(([, { isInMaintenance }]) => !isInMaintenance);
}

export function describe(rcode: string, records: readonly string[]): string {
  return [`${rcode} aa`, ...records.toSorted()].join("\n");
}
