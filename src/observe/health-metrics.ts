import { Counter, Histogram, type Registry } from "prom-client";
import type { State } from "../catalog/model.ts";
import { SECONDS_BUCKETS } from "./seconds-buckets.ts";

/** What the monitor tells as it happens. */
export function healthMetrics(registry: Registry) {
  const registers = [registry];
  const probes = new Counter({
    name: "muster_probes_total",
    help: "Probes by kind of check and result",
    labelNames: ["kind", "result"],
    registers,
  });
  const duration = new Histogram({
    name: "muster_probe_duration_seconds",
    help: "Duration of probes by kind of check",
    labelNames: ["kind"],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const lateness = new Histogram({
    name: "muster_probe_lateness_seconds",
    help: "From the time a probe was due to its start",
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const transitions = new Counter({
    name: "muster_transitions_total",
    help: "Changes of an instance's state, by the new state",
    labelNames: ["to"],
    registers,
  });
  const engagements = new Counter({ name: "muster_brake_engagements_total", help: "Brakes engaged", registers });
  return {
    probeStarted: (lateSeconds: number) => lateness.observe(lateSeconds),
    probe(kind: string, result: string, seconds: number) {
      probes.inc({ kind, result });
      duration.observe({ kind }, seconds);
    },
    transition: (to: State) => transitions.inc({ to }),
    brake(change: "engaged" | "released") {
      if (change === "engaged") engagements.inc();
    },
  };
}
