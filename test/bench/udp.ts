import { setTimeout as sleep } from "node:timers/promises";
import { type Ask, asker } from "./asking.ts";
import { type Contender, type Opponent, startField } from "./contender.ts";
import { BIND } from "./peers/bind.ts";
import { CONSUL } from "./peers/consul.ts";
import { DNSMASQ } from "./peers/dnsmasq.ts";
import { C_ECHO, NODE_ECHO } from "./peers/echo.ts";
import { GDNSD } from "./peers/gdnsd.ts";
import { KNOT } from "./peers/knot.ts";
import { CHANGING_MUSTER, DGRAM_MUSTER, MUSTER } from "./peers/muster.ts";
import { NSD } from "./peers/nsd.ts";
import { POWERDNS } from "./peers/powerdns.ts";
import { cpuSeconds, isInstalled } from "./processes.ts";
import { HITS, MIXES, type Mix } from "./queries.ts";
import type { Effort, Section } from "./report.ts";
import { inTurns } from "./rounds.ts";
import { type Layout, TABLES, tableText } from "./table.ts";
import { type UdpRun, udpSections } from "./udp-sections.ts";

const ALL = [
  C_ECHO,
  NSD,
  KNOT,
  GDNSD,
  POWERDNS,
  BIND,
  DNSMASQ,
  CONSUL,
  MUSTER,
  CHANGING_MUSTER,
  DGRAM_MUSTER,
  NODE_ECHO,
];
const FEW = [C_ECHO, NSD, KNOT, MUSTER, CHANGING_MUSTER];
const FEW_MIXES: readonly Mix[] = ["mixed", "NXDOMAIN, random", ...HITS];
const WARM_UP_SECONDS = 1;

/** What an answer costs over UDP, beside what it costs others, asked the same of the same table in turns. */
export async function benchUdp(effort: Effort): Promise<Section[]> {
  if (!isInstalled("dnsperf")) {
    return [{ title: "UDP", figures: [{ name: "all", unit: "", values: [], missing: "dnsperf is not installed" }] }];
  }
  const [small, large] = TABLES as [Layout, Layout];
  if (effort.isQuick) return benchTable(small, effort, FEW, FEW_MIXES);
  return [
    ...(await benchTable(small, effort, ALL, Object.keys(MIXES) as Mix[])),
    ...(await benchTable(large, effort, ALL, FEW_MIXES)),
  ];
}

async function benchTable(layout: Layout, effort: Effort, contenders: readonly Contender[], mixes: readonly Mix[]) {
  const field = await startField(contenders, { layout, threads: 1, isPinned: true });
  const ask = asker(layout, contenders);
  for (const server of field.servers.values()) await ask(server, "mixed", { seconds: WARM_UP_SECONDS });
  const { rounds, seconds } = effort;
  const runs = await inTurns(rounds, mixes, field, (server, mix) => measureUdp(ask, server, mix as Mix, seconds));
  await field.stop();
  return udpSections(runs, field, tableText(layout));
}

/** Measures a contender; one whose table changes twice, the first time without queries. */
export async function measureUdp(ask: Ask, server: Opponent, mix: Mix, seconds: number): Promise<UdpRun | string> {
  const { churner } = server;
  if (churner === undefined) {
    const run = await ask(server, mix, { seconds });
    return typeof run === "string" ? run : { ...run, changesCpuShare: 0, changesPerSecond: 0 };
  }
  const { result: changesCpuShare } = await churner.during(() => cpuShare(server, seconds));
  const { result: run, changesPerSecond } = await churner.during(() => ask(server, mix, { seconds }));
  return typeof run === "string" ? run : { ...run, changesCpuShare, changesPerSecond };
}

async function cpuShare({ pid }: Opponent, seconds: number): Promise<number> {
  const before = cpuSeconds(pid);
  await sleep(seconds * 1000);
  return (cpuSeconds(pid) - before) / seconds;
}
