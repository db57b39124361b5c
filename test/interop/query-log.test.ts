import { expect } from "vitest";
import { type Muster, startMuster } from "./muster.ts";
import { eventually } from "./processes.ts";
import { testWith } from "./programs.ts";

testWith("curl", "dig")(
  "every query has a line in the log where the settings want it, and counts in the metrics",
  async () => {
    const muster = await startMuster({ MUSTER_LOG_QUERIES: "1" });
    await muster.dig("svc.internal", "SOA");
    await muster.dig("+tcp", "no.svc.internal", "SRV");
    await muster.dig("svc.internal", "AXFR");
    const seen = {
      client: "127.0.0.1",
      port: expect.any(Number),
      octets: expect.any(Number),
      micros: expect.any(Number),
    };
    const expected = [
      { ...seen, protocol: "udp", name: "svc.internal.", type: "SOA", rcode: "NOERROR" },
      { ...seen, protocol: "tcp", name: "no.svc.internal.", type: "SRV", rcode: "NXDOMAIN" },
      { ...seen, protocol: "tcp", name: "svc.internal.", type: "AXFR", rcode: "NOERROR" },
    ];
    for (const line of expected) expect(await lineOf(muster, line.type)).toMatchObject(line);
    const metrics = await muster.curl("GET", "/metrics");
    for (const { protocol, type } of expected) {
      expect(metrics).toContain(`muster_dns_requests_total{proto="${protocol}",type="${type}"} 1\n`);
    }
    expect(metrics).toContain("muster_dns_queries_unlogged_total 0\n");
  },
);

testWith("dig")("without the setting queries leave no line", async () => {
  const muster = await startMuster();
  await muster.dig("svc.internal", "SOA");
  muster.signal("SIGTERM");
  await muster.ended;
  expect(muster.lines.filter((line) => line.includes('"msg":"query"'))).toEqual([]);
});

function lineOf(muster: Muster, type: string): Promise<object> {
  const find = () => muster.lines.find((line) => line.includes('"msg":"query"') && line.includes(`"type":"${type}"`));
  return eventually(
    () => {
      const line = find();
      return line === undefined ? undefined : JSON.parse(line);
    },
    () => `a query for ${type} is logged:\n${muster.lines.join("\n")}`,
  );
}
