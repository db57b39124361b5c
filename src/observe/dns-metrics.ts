import { Counter, Gauge, type Metric, type Registry } from "prom-client";
import { RCODE } from "../dns/numbers.ts";
import { TSIG_ERROR } from "../dns/tsig.ts";
import { typeText } from "../dns/type-names.ts";
import { type DnsCounters, RCODES_COUNTED, RESPONSE_OCTETS_BOUNDS, TYPES_COUNTED } from "./dns-counters.ts";

/** Registers the metrics that read the query path's counters when they are scraped. */
export function registerDnsMetrics(registry: Registry, counters: DnsCounters): void {
  const registers = [registry];
  new Counter({
    name: "muster_dns_requests_total",
    help: "DNS requests by transport and RR type of the question",
    labelNames: ["proto", "type"],
    registers,
    collect() {
      this.reset();
      for (const proto of ["udp", "tcp", "tls"] as const) {
        for (const [type, count] of seen(counters.requests[proto])) this.inc({ proto, type: typeLabel(type) }, count);
      }
    },
  });
  new Counter({
    name: "muster_dns_responses_total",
    help: "DNS responses by rcode",
    labelNames: ["rcode"],
    registers,
    collect() {
      this.reset();
      for (const [rcode, count] of seen(counters.responses)) this.inc({ rcode: rcodeLabel(rcode) }, count);
    },
  });
  new Counter({
    name: "muster_dns_dropped_total",
    help: "Requests, responses and connections that went no further, by reason",
    labelNames: ["reason"],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(counters.dropped)) this.inc({ reason }, count);
    },
  });
  registerSenderMetrics(registry, counters);
  registerPlainDnsMetrics(registry, counters);
}

function registerSenderMetrics(registry: Registry, counters: DnsCounters): void {
  const registers = [registry];
  new Counter({
    name: "muster_dns_cookies_total",
    help: "DNS requests with a COOKIE option, by what it proved",
    labelNames: ["state"],
    registers,
    collect() {
      this.reset();
      for (const [state, count] of Object.entries(counters.cookies)) this.inc({ state }, count);
    },
  });
  new Counter({
    name: "muster_dns_tsig_errors_total",
    help: "Signed DNS requests that were not accepted, by TSIG error",
    labelNames: ["error"],
    registers,
    collect() {
      this.reset();
      for (const [error, count] of seen(counters.tsigErrors)) this.inc({ error: tsigErrorLabel(error) }, count);
    },
  });
}

function registerPlainDnsMetrics(registry: Registry, counters: DnsCounters): void {
  const registers = [registry];
  new Counter({
    name: "muster_dns_responses_truncated_total",
    help: "DNS responses with the TC bit",
    registers,
    collect() {
      this.reset();
      this.inc(counters.responsesTruncated);
    },
  });
  new Counter({
    name: "muster_dns_responses_slipped_total",
    help: "Empty DNS responses with the TC bit, sent by rate limiting in place of others",
    registers,
    collect() {
      this.reset();
      this.inc(counters.responsesSlipped);
    },
  });
  new Counter({
    name: "muster_dns_transfers_total",
    help: "Zone transfers taken to the end, by what they held: the full zone, its differences or no more than its SOA",
    labelNames: ["form"],
    registers,
    collect() {
      this.reset();
      for (const [form, count] of Object.entries(counters.transfers)) this.inc({ form }, count);
    },
  });
  new Counter({
    name: "muster_dns_faults_total",
    help: "Requests answered SERVFAIL because of a bug; see the log",
    registers,
    collect() {
      this.reset();
      this.inc(counters.faults);
    },
  });
  new Gauge({
    name: "muster_dns_tcp_connections",
    help: "DNS connections open now",
    registers,
    collect() {
      this.set(counters.tcpConnections);
    },
  });
  registry.registerMetric(responseSizes(counters));
}

/**
 * A histogram over buckets that were counted elsewhere. prom-client's own can only observe single values; its registry
 * asks a metric for nothing but `get` and its name.
 */
function responseSizes(counters: DnsCounters): Metric {
  const name = "muster_dns_response_size_bytes";
  const head = { name, help: "Size of DNS responses in octets", type: "histogram", aggregator: "sum" };
  const get = async () => {
    const values: { metricName: string; labels: Record<string, number | string>; value: number }[] = [];
    let total = 0;
    for (const [slot, le] of RESPONSE_OCTETS_BOUNDS.entries()) {
      total += counters.responseSizes[slot]!;
      values.push({ metricName: `${name}_bucket`, labels: { le }, value: total });
    }
    values.push({ metricName: `${name}_bucket`, labels: { le: "+Inf" }, value: total });
    values.push({ metricName: `${name}_sum`, labels: {}, value: counters.responseOctets });
    values.push({ metricName: `${name}_count`, labels: {}, value: total });
    return { ...head, values };
  };
  return { ...head, get } as unknown as Metric;
}

/** The slots that counted anything: a label value appears with its first event. */
function* seen(counts: Float64Array): Generator<[slot: number, count: number]> {
  for (const [slot, count] of counts.entries()) if (count > 0) yield [slot, count];
}

function typeLabel(type: number): string {
  return type === TYPES_COUNTED ? "other" : typeText(type);
}

const TSIG_ERROR_TEXTS = new Map<number, string>(Object.entries(TSIG_ERROR).map(([text, error]) => [error, text]));

function tsigErrorLabel(error: number): string {
  return TSIG_ERROR_TEXTS.get(error) ?? "other";
}

const RCODE_TEXTS: ReadonlyMap<number, string> = new Map(Object.entries(RCODE).map(([text, rcode]) => [rcode, text]));

function rcodeLabel(rcode: number): string {
  return rcode === RCODES_COUNTED ? "other" : (RCODE_TEXTS.get(rcode) ?? `RCODE${rcode}`);
}
