import type { Catalog } from "../catalog/catalog.ts";
import { aliasProbe } from "./alias-probe.ts";
import { probeDns } from "./dns-probe.ts";
import { probeExec, refuseExec } from "./exec-probe.ts";
import { probeGrpc } from "./grpc-probe.ts";
import { probeHttp } from "./http-probe.ts";
import type { Probes } from "./probe.ts";
import { probeTcp } from "./tcp-probe.ts";
import { probeTls } from "./tls-probe.ts";
import { probeUdp } from "./udp-probe.ts";

export interface ProbesOptions {
  /** Checks may run programs. */
  readonly allowsExec: boolean;
  /** What alias checks follow. */
  readonly catalog: () => Catalog;
}

/** Every kind of check and its probe: a new kind is a file and a row. */
export function createProbes({ allowsExec, catalog }: ProbesOptions): Probes {
  return {
    http: probeHttp,
    tcp: probeTcp,
    tls: probeTls,
    udp: probeUdp,
    dns: probeDns,
    grpc: probeGrpc,
    exec: allowsExec ? probeExec : refuseExec,
    alias: aliasProbe(catalog),
  };
}
