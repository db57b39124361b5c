import { probeHttp } from "./http-probe.ts";
import type { Probes } from "./probe.ts";
import { probeTcp } from "./tcp-probe.ts";

/** Every kind of check and its probe: a new kind is a file and a row. */
export const PROBES: Probes = {
  http: probeHttp,
  tcp: probeTcp,
};
