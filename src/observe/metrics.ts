import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { State } from "../catalog/model.ts";
import type { Rule } from "../catalog/rule.ts";
import { DnsCounters } from "./dns-counters.ts";
import { registerDnsMetrics, type WorkersStatus } from "./dns-metrics.ts";
import { healthMetrics } from "./health-metrics.ts";
import { SECONDS_BUCKETS } from "./seconds-buckets.ts";

/** What is read when metrics are scraped. */
export interface MetricsSources {
  readonly version: string;
  /** The counters of every thread that answers. */
  readonly dns: () => readonly DnsCounters[];
  readonly workers: () => WorkersStatus;
  /** Revision of the snapshot being answered. */
  readonly revision: () => number;
  readonly zones: () => readonly { readonly name: string; readonly serial: number }[];
  readonly catalogCounts: () => {
    readonly services: number;
    readonly rules: Readonly<Record<Rule, number>>;
    readonly instances: Readonly<Record<State, number>>;
  };
  readonly healthCounts: () => {
    readonly checks: number;
    readonly leases: number;
    readonly heldOut: number;
    /** Instances that brakes hold, by brake. */
    readonly heldByBrake: Readonly<Record<string, number>>;
    readonly probesInFlight: number;
    readonly probesWaiting: number;
  };
}

/** What is told as it happens. Durations are seconds. */
export interface Metrics {
  /** From a change's commit to the moment a query sees it. */
  changeVisible(seconds: number): void;
  published(seconds: number): void;
  publishFailed(): void;
  /** A probe starts, `lateSeconds` after it was due. */
  probeStarted(lateSeconds: number): void;
  /** `result` is a word from a small fixed set, such as passing or failing. */
  probe(kind: string, result: string, seconds: number): void;
  transition(to: State): void;
  brake(change: "engaged" | "released"): void;
  /** `route` is the route's pattern, not the path that was asked for: label values are kept for ever. */
  httpRequest(method: string, route: string, status: number, seconds: number): void;
  reload(result: "ok" | "failed"): void;
  readonly contentType: string;
  /** The exposition, in Prometheus text format. */
  text(): Promise<string>;
}

/** A registry of its own per call, so that several servers live in one process. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  let dns = DnsCounters.sum([]);
  registerDnsMetrics(registry, () => dns, sources.workers);
  const readSources = registerGauges(registry, sources);
  return {
    ...publicationMetrics(registry),
    ...healthMetrics(registry),
    ...httpMetrics(registry),
    contentType: registry.contentType,
    async text() {
      dns = DnsCounters.sum(sources.dns());
      readSources();
      return registry.metrics();
    },
  };
}

/** Returns what sets the gauges; each source is asked once per scrape, and what is gone has no line. */
function registerGauges(registry: Registry, sources: MetricsSources): () => void {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  gauge("muster_build_info", "Always 1; the label tells the version", "version").set({ version: sources.version }, 1);
  const revision = gauge("muster_revision", "Revision of the store that is being answered");
  const zones = gauge("muster_zones", "Zones being answered");
  const serials = gauge("muster_zone_serial", "SOA serial by zone", "zone");
  const services = gauge("muster_services", "Registered services");
  const rules = gauge("muster_services_answered", "Registered services by the rule they are answered under", "rule");
  const instances = gauge("muster_instances", "Registered instances by state", "state");
  const checks = gauge("muster_checks", "Health checks being run");
  const leases = gauge("muster_leases", "Instances kept by heartbeats");
  const heldOut = gauge("muster_instances_held_out", "Instances not answered because they flap");
  const brakes = gauge(
    "muster_brake_engaged",
    "Brakes that are engaged, each 1, by service; * is that of all",
    "service",
  );
  const held = gauge(
    "muster_brake_held_instances",
    "Critical instances a brake keeps in the answers, by brake: who is held by its service's and by * counts in both",
    "service",
  );
  const inFlight = gauge("muster_probes_in_flight", "Probes under way");
  const waiting = gauge("muster_probes_waiting", "Probes that are due and find no room: overload, when it lasts");
  return () => {
    revision.set(sources.revision());
    const answered = sources.zones();
    zones.set(answered.length);
    serials.reset();
    for (const { name, serial } of answered) serials.set({ zone: name }, serial);
    const registered = sources.catalogCounts();
    services.set(registered.services);
    for (const [rule, count] of Object.entries(registered.rules)) rules.set({ rule }, count);
    for (const [state, count] of Object.entries(registered.instances)) instances.set({ state }, count);
    const watched = sources.healthCounts();
    checks.set(watched.checks);
    leases.set(watched.leases);
    heldOut.set(watched.heldOut);
    brakes.reset();
    held.reset();
    for (const [service, count] of Object.entries(watched.heldByBrake)) {
      brakes.set({ service }, 1);
      held.set({ service }, count);
    }
    inFlight.set(watched.probesInFlight);
    waiting.set(watched.probesWaiting);
  };
}

function publicationMetrics(registry: Registry) {
  const registers = [registry];
  const visible = new Histogram({
    name: "muster_change_visible_seconds",
    help: "From the commit of a change to the moment DNS answers it",
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const publications = new Counter({ name: "muster_publications_total", help: "Snapshots published", registers });
  const duration = new Histogram({
    name: "muster_publish_duration_seconds",
    help: "Time to derive and publish one snapshot",
    buckets: SECONDS_BUCKETS,
    registers,
  });
  const errors = new Counter({
    name: "muster_publish_errors_total",
    help: "Batches that could not be published; the snapshot before them keeps serving",
    registers,
  });
  const reloads = new Counter({
    name: "muster_config_reloads_total",
    help: "Reloads of settings and zone files by result",
    labelNames: ["result"],
    registers,
  });
  return {
    changeVisible: (seconds: number) => visible.observe(seconds),
    published(seconds: number) {
      publications.inc();
      duration.observe(seconds);
    },
    publishFailed: () => errors.inc(),
    reload: (result: "ok" | "failed") => reloads.inc({ result }),
  };
}

function httpMetrics(registry: Registry) {
  const registers = [registry];
  const requests = new Counter({
    name: "muster_http_requests_total",
    help: "HTTP requests by method, route and status",
    labelNames: ["method", "route", "status"],
    registers,
  });
  const duration = new Histogram({
    name: "muster_http_request_duration_seconds",
    help: "Duration of HTTP requests",
    buckets: SECONDS_BUCKETS,
    registers,
  });
  return {
    httpRequest(method: string, route: string, status: number, seconds: number) {
      requests.inc({ method, route, status });
      duration.observe(seconds);
    },
  };
}
