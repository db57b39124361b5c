import { expect, test } from "vitest";
import { DnsCounters } from "../../src/observe/dns-counters.ts";
import { createMetrics, type MetricsSources } from "../../src/observe/metrics.ts";

function create(sources: Partial<MetricsSources> = {}) {
  const dns = new DnsCounters();
  const metrics = createMetrics({
    version: "1.2.3",
    dns: () => [dns],
    workers: () => ({ behind: [], restarts: 0 }),
    revision: () => 42,
    zones: () => [{ name: "svc.internal.", serial: 4_294_967_295 }],
    catalogCounts: () => ({
      services: 2,
      rules: { up: 1, braked: 0, failover: 0, failOpen: 1, last: 0, failClosed: 0, notReady: 0, out: 0, empty: 0 },
      instances: { passing: 3, warning: 0, critical: 1, draining: 0, maintenance: 0 },
    }),
    healthCounts: () => ({
      checks: 5,
      leases: 6,
      heldOut: 1,
      heldByBrake: { web: 3 },
      probesInFlight: 3,
      probesWaiting: 2,
    }),
    ...sources,
  });
  return { dns, metrics, lines: async () => (await metrics.text()).split("\n") };
}

test("the exposition reads the query path's counters at each scrape", async () => {
  const { dns, lines } = create();
  dns.request("udp", 33);
  dns.request("tcp", 12_345);
  dns.request("tls", 1);
  dns.sender("valid");
  dns.sender("absent", 16);
  dns.responsesSlipped++;
  dns.response(0, 100, true);
  dns.response(16, 40, false);
  dns.drop("short");
  dns.tcpConnections++;
  const expected = [
    'muster_dns_requests_total{proto="udp",type="SRV"} 1',
    'muster_dns_requests_total{proto="tcp",type="other"} 1',
    'muster_dns_requests_total{proto="tls",type="A"} 1',
    'muster_dns_cookies_total{state="valid"} 1',
    'muster_dns_cookies_total{state="invalid"} 0',
    'muster_dns_tsig_errors_total{error="BADSIG"} 1',
    "muster_dns_responses_slipped_total 1",
    'muster_dns_responses_total{rcode="NOERROR"} 1',
    'muster_dns_responses_total{rcode="BADVERS"} 1',
    "muster_dns_responses_truncated_total 1",
    'muster_dns_dropped_total{reason="short"} 1',
    'muster_dns_dropped_total{reason="port-zero"} 0',
    "muster_dns_faults_total 0",
    "muster_dns_tcp_connections 1",
    "# TYPE muster_dns_response_size_bytes histogram",
    'muster_dns_response_size_bytes_bucket{le="64"} 1',
    'muster_dns_response_size_bytes_bucket{le="128"} 2',
    'muster_dns_response_size_bytes_bucket{le="+Inf"} 2',
    "muster_dns_response_size_bytes_sum 140",
    "muster_dns_response_size_bytes_count 2",
  ];
  expect(await lines()).toEqual(expect.arrayContaining(expected));
  expect(await lines(), "a scrape changes nothing").toEqual(expect.arrayContaining(expected));
  dns.request("udp", 33);
  expect(await lines()).toContain('muster_dns_requests_total{proto="udp",type="SRV"} 2');
});

test("the exposition adds up what the threads counted", async () => {
  const threads = [new DnsCounters(), new DnsCounters(), new DnsCounters()];
  const { lines } = create({ dns: () => threads, workers: () => ({ behind: [0, 7], restarts: 3 }) });
  for (const [thread, counters] of threads.entries()) {
    counters.request("udp", 1);
    counters.response(0, 100 * (thread + 1), false);
    counters.batch(32);
    counters.batch(33);
    counters.drop("receive-buffer", 5);
    counters.queriesUnlogged++;
  }
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'muster_dns_requests_total{proto="udp",type="A"} 3',
      "muster_dns_response_size_bytes_sum 600",
      'muster_dns_dropped_total{reason="receive-buffer"} 15',
      "muster_dns_queries_unlogged_total 3",
      'muster_dns_batch_datagrams_bucket{le="16"} 0',
      'muster_dns_batch_datagrams_bucket{le="32"} 3',
      'muster_dns_batch_datagrams_bucket{le="64"} 6',
      "muster_dns_batch_datagrams_sum 195",
      "muster_dns_batch_datagrams_count 6",
      'muster_dns_worker_lag_publications{worker="0"} 0',
      'muster_dns_worker_lag_publications{worker="1"} 7',
      "muster_dns_worker_restarts_total 3",
    ]),
  );
});

test("the exposition asks its sources at each scrape, and what is gone has no line", async () => {
  let zones = [
    { name: "a.test.", serial: 1 },
    { name: "b.test.", serial: 2 },
  ];
  const { lines } = create({ zones: () => zones });
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'muster_build_info{version="1.2.3"} 1',
      "muster_revision 42",
      "muster_zones 2",
      'muster_zone_serial{zone="a.test."} 1',
      "muster_services 2",
      'muster_services_answered{rule="failOpen"} 1',
      'muster_instances{state="passing"} 3',
      'muster_instances{state="maintenance"} 0',
      "muster_checks 5",
      "muster_leases 6",
    ]),
  );
  zones = [{ name: "b.test.", serial: 4_294_967_295 }];
  const later = await lines();
  expect(later).toEqual(expect.arrayContaining(["muster_zones 1", 'muster_zone_serial{zone="b.test."} 4294967295']));
  expect(later.filter((line) => line.includes("a.test."))).toEqual([]);
});

test("the exposition holds what was told", async () => {
  const { metrics, lines } = create();
  metrics.changeVisible(0.004);
  metrics.published(0.0005);
  metrics.publishFailed();
  metrics.probe("http", "failing", 0.3);
  metrics.transition("critical");
  metrics.httpRequest("PUT", "/v1/services/:service/instances/:id", 200, 0.002);
  metrics.reload("failed");
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'muster_change_visible_seconds_bucket{le="0.0025"} 0',
      'muster_change_visible_seconds_bucket{le="0.005"} 1',
      "muster_change_visible_seconds_sum 0.004",
      "muster_publications_total 1",
      'muster_publish_duration_seconds_bucket{le="0.001"} 1',
      "muster_publish_errors_total 1",
      'muster_probes_total{kind="http",result="failing"} 1',
      'muster_probe_duration_seconds_bucket{le="0.5",kind="http"} 1',
      'muster_transitions_total{to="critical"} 1',
      'muster_http_requests_total{method="PUT",route="/v1/services/:service/instances/:id",status="200"} 1',
      "muster_http_request_duration_seconds_count 1",
      'muster_config_reloads_total{result="failed"} 1',
    ]),
  );
});

test("several metrics live in one process, each with the process's own figures", async () => {
  const [one, other] = [create(), create()];
  one.metrics.publishFailed();
  expect(await one.lines()).toContain("muster_publish_errors_total 1");
  expect(await other.lines()).toContain("muster_publish_errors_total 0");
  expect(await other.lines()).toContainEqual(expect.stringMatching(/^process_cpu_seconds_total /));
  expect(await other.lines()).toContainEqual(expect.stringMatching(/^nodejs_eventloop_lag_seconds /));
  expect(other.metrics.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
});

test("every metric of ours has help, and a name of the house", async () => {
  const text = await create().metrics.text();
  const ours = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].filter(([, name]) => !/^(process|nodejs)_/.test(name!));
  expect(ours.length).toBeGreaterThanOrEqual(25);
  for (const [line, name, help] of ours) {
    expect(name, line).toMatch(/^muster_[a-z_]+$/);
    expect(help, line).toMatch(/^[A-Z]/);
  }
});

test("each brake that is engaged has its lines, and an engagement is counted", async () => {
  let heldByBrake: Readonly<Record<string, number>> = { web: 3, "*": 4 };
  const healthCounts = () => ({ checks: 0, leases: 0, heldOut: 0, heldByBrake, probesInFlight: 0, probesWaiting: 0 });
  const { metrics, lines } = create({ healthCounts });
  metrics.brake("engaged");
  metrics.brake("released");
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'muster_brake_engaged{service="web"} 1',
      'muster_brake_engaged{service="*"} 1',
      'muster_brake_held_instances{service="web"} 3',
      "muster_brake_engagements_total 1",
    ]),
  );
  heldByBrake = {};
  expect((await lines()).some((line) => line.startsWith("muster_brake_engaged{"))).toBe(false);
});
