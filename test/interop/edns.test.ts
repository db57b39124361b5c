import { expect } from "vitest";
import { type Muster, startMuster } from "./muster.ts";
import { directoryWith, run } from "./processes.ts";
import { testWith } from "./programs.ts";

const ZONE = [
  "$ORIGIN edns.test.",
  "@ 5 IN SOA ns host 7 60 60 86400 5",
  "@ 5 IN NS ns",
  "ns 5 IN A 192.0.2.1",
  ...Array.from({ length: 60 }, (_, i) => `many 5 IN TXT "a text of some length with the number ${i}"`),
].join("\n");

/** A client's question, and what its output must and must not say. */
type Row = readonly [args: string, says: RegExp, not?: RegExp];

const DIG: readonly Row[] = [
  ["+nsid edns.test SOA", /; NSID: .*\("muster-1"\)/],
  ["+cookie edns.test SOA", /; COOKIE: [0-9a-f]{16}01000000[0-9a-f]{24} \(good\)/],
  ["+cookie +ednsopt=nsid edns.test SOA", /status: NOERROR[\s\S]*\(good\)/],
  ["+cookie=1122334455667788aabbccddeeff0011aabbccddeeff0011 edns.test SOA", /status: NOERROR[\s\S]*\(good\)/],
  ["+cookie=112233445566 edns.test SOA", /status: FORMERR[\s\S]*; EDE: 0 \(Other\): \(a COOKIE option/],
  ["+expire edns.test SOA", /; EXPIRE: 86400 \(1 day\)/],
  ["+expire ns.edns.test A", /status: NOERROR/, /EXPIRE/],
  ["+ednsopt=19 ns.edns.test A", /; OPT=19: 02 00 00 00 00 07/],
  ["+subnet=192.0.2.0/24 edns.test SOA", /; CLIENT-SUBNET: 192\.0\.2\.0\/24\/0/],
  ["+subnet=2001:db8::/56 edns.test SOA", /; CLIENT-SUBNET: 2001:db8::\/56\/0/],
  ["+subnet=0 edns.test SOA", /status: NOERROR[\s\S]*; CLIENT-SUBNET: 0\.0\.0\.0\/0\/0/],
  ["+ednsopt=8:00011800c0000201 edns.test SOA", /status: FORMERR/],
  ["+tcp +keepalive edns.test SOA", /; TCP KEEPALIVE: 10\.0 secs/],
  ["+keepalive edns.test SOA", /status: NOERROR/, /KEEPALIVE/],
  ["+edns=1 +noednsneg edns.test SOA", /status: BADVERS[\s\S]*EDNS: version: 0/],
  ["+ednsopt=100:01 +ednsflags=0x40 edns.test SOA", /status: NOERROR[\s\S]*flags:; udp: 1232/, /OPT=100|MBZ/],
  ["+dnssec edns.test SOA", /EDNS: version: 0, flags: do; udp: 1232/],
  ["+bufsize=4096 +ignore many.edns.test TXT", /flags: qr aa tc;[\s\S]*udp: 1232/],
  ["+header-only +cookie", /status: NOERROR[\s\S]*\(good\)[\s\S]*QUERY: 0|QUERY: 0[\s\S]*\(good\)/],
  ["+opcode=notify edns.test SOA", /opcode: NOTIFY, status: REFUSED/],
  ["+opcode=notify other.test SOA", /opcode: NOTIFY, status: NOTAUTH/],
  ["+opcode=15 edns.test SOA", /opcode: RESERVED15, status: NOTIMP/],
  ["version.bind CH TXT", /flags: qr aa;[\s\S]*"of-the-test"/],
  ["version.server CH TXT", /"of-the-test"/],
  ["id.server CH TXT", /"muster-1"/],
  ["hostname.bind CH TXT", /"muster-1"/],
  ["authors.bind CH TXT", /status: REFUSED[\s\S]*; EDE: 18 \(Prohibited\)/],
  ["other.test A", /status: REFUSED[\s\S]*; EDE: 20 \(Not Authoritative\)/],
];

const KDIG: readonly Row[] = [
  ["+nsid edns.test SOA", /;; NSID: .*"muster-1"/],
  ["+cookie edns.test SOA", /;; COOKIE: [0-9a-f]+, [0-9a-f]+|;; COOKIE: [0-9A-F]+/i, /WARNING/],
  ["+subnet=192.0.2.0/24 edns.test SOA", /CLIENT-SUBNET: 192\.0\.2\.0\/24\/0/],
  ["+edns=1 edns.test SOA", /status: BADVERS/],
  ["+ednsopt=65001:01 edns.test SOA", /status: NOERROR/, /65001/],
  ["+ednsopt=10:0102 edns.test SOA", /status: FORMERR/],
  ["-c CH -t TXT version.bind", /"of-the-test"/],
];

for (const [program, rows] of [
  ["dig", DIG],
  ["kdig", KDIG],
] as const) {
  testWith(program)(`${program} sees its options answered`, async () => {
    const { address, port } = await startWithZone();
    for (const [args, says, not] of rows) {
      const output = await run(program, `@${address}`, "-p", String(port), "+norecurse", "+time=3", ...args.split(" "));
      expect(output, `${args}\n${output}`).toMatch(says);
      if (not !== undefined) expect(output, args).not.toMatch(not);
    }
  });
}

function startWithZone(): Promise<Muster> {
  return startMuster({
    MUSTER_DNS_IDENTITY: "muster-1",
    MUSTER_DNS_VERSION: "of-the-test",
    MUSTER_ZONES_DIR: directoryWith({ "edns.test.zone": ZONE }),
  });
}
