import { expect } from "vitest";
import type { Endpoint } from "../../src/server/transport.ts";
import { startBindConsumer, startKnotConsumer } from "./catalog-consumers.ts";
import { type Muster, startMuster } from "./muster.ts";
import { directoryWith, eventuallySees, run } from "./processes.ts";
import { testWith } from "./programs.ts";

const https = { port: 8443, alpn: ["h2", "h3"] };

async function register(muster: Muster, service: string, id: string, address: string): Promise<void> {
  await muster.curl("PUT", `/v1/services/${service}/instances/${id}`, {
    address,
    ports: { http: 80, https },
    meta: { path: "/", id },
  });
}

testWith("curl", "dig")("dig walks from the domain to browse down to where a service is", async () => {
  const muster = await startMuster();
  await register(muster, "web", "a", "10.0.0.1");
  await register(muster, "web", "b", "10.0.0.2");
  const only = async (name: string, type: string) => {
    const rdata = await muster.rdata(name, type);
    expect(rdata).toHaveLength(1);
    return rdata[0]!;
  };
  const domain = await only("b._dns-sd._udp.svc.internal", "PTR");
  const types = await muster.rdata(`_services._dns-sd._udp.${domain}`, "PTR");
  expect(types).toEqual(["_http._tcp.svc.internal.", "_https._tcp.svc.internal."]);
  const service = await only(types[0]!, "PTR");
  expect(service).toBe("web._http._tcp.svc.internal.");
  expect(await muster.rdata(service, "SRV")).toEqual([
    "10 2560 80 a.i.web.svc.internal.",
    "10 2560 80 b.i.web.svc.internal.",
  ]);
  expect(await muster.rdata(service, "TXT")).toEqual(['"path=/"']);
});

testWith("curl", "dig")("dig has the HTTPS records of ports that declare ALPN", async () => {
  const muster = await startMuster();
  await register(muster, "web", "a", "10.0.0.1");
  expect(await muster.rdata("web.svc.internal", "HTTPS")).toEqual([
    '11 a.i.web.svc.internal. alpn="h2,h3" no-default-alpn port=8443',
  ]);
  expect(await muster.rdata("web.svc.internal", "SVCB")).toEqual(['11 a.i.web.svc.internal. alpn="h2,h3" port=8443']);
});

testWith("curl", "dig")("dig -x finds the instances of an address in a reverse zone", async () => {
  const muster = await startMuster({ MUSTER_DNS_REVERSE_ZONES: "10.0.0.0/8,2001:db8::/32" });
  await register(muster, "web", "a", "10.0.0.1");
  await register(muster, "db", "a", "10.0.0.1");
  await register(muster, "db", "six", "2001:db8::1");
  const reverse = async (address: string) =>
    (await muster.dig("+short", "-x", address)).split("\n").filter(Boolean).sort();
  expect(await reverse("10.0.0.1")).toEqual(["a.i.db.svc.internal.", "a.i.web.svc.internal."]);
  expect(await reverse("2001:db8::1")).toEqual(["six.i.db.svc.internal."]);
  await muster.curl("DELETE", "/v1/services/db/instances/a");
  expect(await reverse("10.0.0.1")).toEqual(["a.i.web.svc.internal."]);
  expect(await muster.rdata("10.in-addr.arpa", "NS")).toEqual(["ns.svc.internal."]);
  expect(await muster.dig("-x", "10.0.0.9")).toContain("status: NXDOMAIN");
});

for (const [program, startConsumer] of [
  ["knotd", startKnotConsumer],
  ["named", startBindConsumer],
] as const) {
  testWith(
    "curl",
    "dig",
    program,
  )(`${program} holds what the catalog zone lists, told of nothing else`, async () => {
    const muster = await startMuster({
      MUSTER_ZONES_DIR: directoryWith({ "example.test.zone": zoneText }),
      MUSTER_DNS_REVERSE_ZONES: "10.0.0.0/8",
      MUSTER_DNS_CATALOG_ZONE: "catalog.test",
    });
    await register(muster, "web", "a", "10.0.0.1");
    const consumer = await startConsumer(muster, "catalog.test");
    for (const [name, type, expected] of [
      ["web.svc.internal", "A", ["10.0.0.1"]],
      ["1.0.0.10.in-addr.arpa", "PTR", ["a.i.web.svc.internal."]],
      ["www.example.test", "A", ["192.0.2.80"]],
    ] as const) {
      await eventuallySees(
        () => rdata(consumer, name, type),
        expected,
        `${name} at ${program}`,
        () => consumer.lines,
      );
    }
  });
}

const zoneText = `$TTL 60
@ SOA ns hostmaster 1 60 10 604800 1
@ NS ns
ns A 192.0.2.53
www A 192.0.2.80
`;

/** The RDATA that a secondary answers, sorted; nothing while it refuses. */
async function rdata({ address, port }: Endpoint, name: string, type: string): Promise<string[]> {
  const output = await run(
    "dig",
    `@${address}`,
    "-p",
    String(port),
    "+norecurse",
    "+short",
    "+tries=1",
    name,
    type,
  ).catch(() => "");
  return output
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(";"))
    .sort();
}
