import { Counter, Gauge, type Metric, type Registry } from "prom-client";
import { rcodeText } from "../dns/rcode-names.ts";
import { TSIG_ERROR } from "../dns/tsig.ts";
import { typeText } from "../dns/type-names.ts";
import {
  BATCH_DATAGRAMS_BOUNDS,
  type DnsCounters,
  RCODES_COUNTED,
  RESPONSE_OCTETS_BOUNDS,
  TYPES_COUNTED,
} from "./dns-counters.ts";

/** How the UDP workers are doing. */
export interface WorkersStatus {
  /** Of each worker, how many publications it has yet to apply: 0 when it answers what the main thread does. */
  readonly behind: readonly number[];
  /** Workers replaced since the start, because they crashed or did not move. */
  readonly restarts: number;
}

/** Registers the metrics that read the query path's counters when they are scraped. */
export function registerDnsMetrics(
  registry: Registry,
  counters: () => DnsCounters,
  workers: () => WorkersStatus,
): void {
  registerRequests(registry, counters);
  registerResponses(registry, counters);
  registerEndings(registry, counters);
  registerWorkers(registry, counters, workers);
}

function registerRequests(registry: Registry, counters: () => DnsCounters): void {
  new Counter({
    name: "muster_dns_requests_total",
    help: "DNS requests by transport and RR type of the question",
    labelNames: ["proto", "type"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [proto, counts] of Object.entries(counters().requests)) {
        for (const [type, count] of seen(counts, typeLabel)) this.inc({ proto, type }, count);
      }
    },
  });
  const { labelled } = countersIn(registry);
  labelled("muster_dns_cookies_total", "DNS requests with a COOKIE option, by what it proved", "state", () =>
    Object.entries(counters().cookies),
  );
  labelled("muster_dns_tsig_errors_total", "Signed DNS requests that were not accepted, by TSIG error", "error", () =>
    seen(counters().tsigErrors, tsigErrorLabel),
  );
}

function registerResponses(registry: Registry, counters: () => DnsCounters): void {
  const { plain, labelled } = countersIn(registry);
  labelled("muster_dns_responses_total", "DNS responses by rcode", "rcode", () =>
    seen(counters().responses, rcodeLabel),
  );
  plain("muster_dns_responses_truncated_total", "DNS responses with the TC bit", () => counters().responsesTruncated);
  const slipped = "Empty DNS responses with the TC bit, sent by rate limiting in place of others";
  plain("muster_dns_responses_slipped_total", slipped, () => counters().responsesSlipped);
  registry.registerMetric(
    histogram("muster_dns_response_size_bytes", "Size of DNS responses in octets", RESPONSE_OCTETS_BOUNDS, () => ({
      counts: counters().responseSizes,
      sum: counters().responseOctets,
    })),
  );
}

function registerEndings(registry: Registry, counters: () => DnsCounters): void {
  const { plain, labelled } = countersIn(registry);
  const dropped = "Requests, responses and connections that went no further, by reason";
  labelled("muster_dns_dropped_total", dropped, "reason", () => Object.entries(counters().dropped));
  const transfers =
    "Zone transfers taken to the end, by what they held: the full zone, its differences or only its SOA";
  labelled("muster_dns_transfers_total", transfers, "form", () => Object.entries(counters().transfers));
  plain("muster_dns_faults_total", "Requests answered SERVFAIL because of a bug; see the log", () => counters().faults);
  const unlogged = "Lines of the query log that were left out because they came too fast";
  plain("muster_dns_queries_unlogged_total", unlogged, () => counters().queriesUnlogged);
  new Gauge({
    name: "muster_dns_tcp_connections",
    help: "DNS connections open now",
    registers: [registry],
    collect() {
      this.set(counters().tcpConnections);
    },
  });
}

function registerWorkers(registry: Registry, counters: () => DnsCounters, workers: () => WorkersStatus): void {
  const { plain } = countersIn(registry);
  const restarts = "UDP workers replaced because they crashed or did not move";
  plain("muster_dns_worker_restarts_total", restarts, () => workers().restarts);
  new Gauge({
    name: "muster_dns_worker_lag_publications",
    help: "Publications that a UDP worker has yet to apply",
    labelNames: ["worker"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [worker, publications] of workers().behind.entries()) this.set({ worker }, publications);
    },
  });
  const batches = "Datagrams that a UDP worker took from a socket at once";
  registry.registerMetric(
    histogram("muster_dns_batch_datagrams", batches, BATCH_DATAGRAMS_BOUNDS, () => ({
      counts: counters().batchSizes,
      sum: counters().batchedDatagrams,
    })),
  );
}

/** Makers of counters that are read, not told: one figure, or one for each value of a label. */
function countersIn(registry: Registry) {
  const registers = [registry];
  return {
    plain(name: string, help: string, read: () => number) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    },
    labelled(name: string, help: string, label: string, read: () => Iterable<readonly [value: string, count: number]>) {
      new Counter({
        name,
        help,
        labelNames: [label],
        registers,
        collect() {
          this.reset();
          for (const [value, count] of read()) this.inc({ [label]: value }, count);
        },
      });
    },
  };
}

/**
 * A histogram over buckets that were counted elsewhere. prom-client's own can only observe single values; its registry
 * asks a metric for nothing but `get` and its name.
 */
function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
  read: () => { readonly counts: Float64Array; readonly sum: number },
): Metric {
  const head = { name, help, type: "histogram", aggregator: "sum" };
  const get = async () => {
    const { counts, sum } = read();
    const values: { metricName: string; labels: Record<string, number | string>; value: number }[] = [];
    let total = 0;
    for (const [slot, le] of bounds.entries()) {
      total += counts[slot]!;
      values.push({ metricName: `${name}_bucket`, labels: { le }, value: total });
    }
    values.push({ metricName: `${name}_bucket`, labels: { le: "+Inf" }, value: total });
    values.push({ metricName: `${name}_sum`, labels: {}, value: sum });
    values.push({ metricName: `${name}_count`, labels: {}, value: total });
    return { ...head, values };
  };
  return { ...head, get } as unknown as Metric;
}

/** The slots that counted anything: a label value appears with its first event. */
function* seen(counts: Float64Array, label: (slot: number) => string): Generator<[value: string, count: number]> {
  for (const [slot, count] of counts.entries()) if (count > 0) yield [label(slot), count];
}

function typeLabel(type: number): string {
  return type === TYPES_COUNTED ? "other" : typeText(type);
}

const TSIG_ERROR_TEXTS = new Map<number, string>(Object.entries(TSIG_ERROR).map(([text, error]) => [error, text]));

function tsigErrorLabel(error: number): string {
  return TSIG_ERROR_TEXTS.get(error) ?? "other";
}

function rcodeLabel(rcode: number): string {
  return rcode === RCODES_COUNTED ? "other" : rcodeText(rcode);
}
