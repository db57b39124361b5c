import { Catalog } from "../../src/catalog/catalog.ts";
import { generate } from "../../src/catalog/generate.ts";
import { instanceKey } from "../../src/catalog/keys.ts";
import type { Scheme } from "../../src/catalog/scheme.ts";
import { atOnce } from "../../src/catalog/steps.ts";
import type { Item } from "../../src/catalog/store.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { parseMasterFile } from "../../src/dns/master-file.ts";
import { parseName } from "../../src/dns/name.ts";
import { completed, type Fixed } from "../../src/fixed.ts";
import { LiveZones } from "../../src/live-zones.ts";
import { buildZones, type StaticZone } from "../../src/zone/build.ts";
import { snapshotOf } from "../support/ask.ts";

/** Static zones with everything a lookup can stumble over. */
export const ZONE_TEXT = String.raw`
$TTL 60
$ORIGIN z.test.
@        SOA  ns host 1 3600 600 86400 30
         NS   ns
         NS   ns.sub
         MX   10 ns
ns       A    192.0.2.1
         AAAA 2001:db8::1
Case.KEPT TXT "in its Case" "" "\000\255\"\\"
big      TXT  ( "${"x".repeat(255)}" "${"y".repeat(255)}" "${"z".repeat(255)}" "${"w".repeat(255)}"
                "${"v".repeat(255)}" "${"u".repeat(255)}" )
*.wild   A    192.0.2.2
         TXT  "wild"
deep.a.b.c.d.e A 192.0.2.3
alias    CNAME Chain1
chain1   CNAME chain2.z.test.
chain2   CNAME ns
loop1    CNAME loop2
loop2    CNAME loop1
away     CNAME elsewhere.example.
nowhere  CNAME missing
tree     DNAME z.test.
long     DNAME ${"l".repeat(63)}.${"m".repeat(63)}.${"n".repeat(63)}.z.test.
sub      NS   ns.sub
         NS   ns
         DS   60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118
ns.sub   A    192.0.2.4
         AAAA 2001:db8::4
child    NS   ns.child
ns.child A    192.0.2.5
srv      SRV  0 256 80 ns
         SRV  0 256 81 Case.KEPT
         SRV  1 0 82 .
svc      HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.7
         SVCB 0 ns
\000\.\255 A  192.0.2.6
         NAPTR 100 10 "u" "sip" "!^.*$!sip:a@z.test!" .
         TYPE731 \# 3 abcdef
$ORIGIN child.z.test.
@        SOA  ns host 7 3600 600 86400 30
         NS   ns
ns       A    192.0.2.5
`;

/** A record of most other types. */
export const RECORDS_TEXT = String.raw`
r        HINFO "cpu" "os"
         PTR   r
         MINFO a b
         RP    a b
         AFSDB 1 a
         X25   "311061700956"
         RT    10 a
         PX    10 a b
         GPOS  "-32.6882" "116.8652" "10.0"
         LOC   42 21 54.5 N 71 6 18 W -24m 30m 10m 10m
         KX    10 a
         CERT  PKIX 1 5 AQIDBA==
         SSHFP 4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789
         DNSKEY 257 3 13 AQIDBA==
         RRSIG A 13 2 60 20300101000000 20200101000000 7 z.test. AQIDBA==
         NSEC  a A TXT TYPE1234
         NSEC3 1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG
         NSEC3PARAM 1 0 0 -
         TLSA  3 1 1 00112233
         CDS   0 0 0 00
         CSYNC 66 3 A NS AAAA
         ZONEMD 1 1 1 00112233445566778899aabb
         OPENPGPKEY AQIDBA==
         L32   10 10.1.2.0
         L64   10 2001:0DB8:1140:1000
         EUI48 00-00-5e-00-53-2a
         EUI64 00-00-5e-ef-10-00-00-2a
         URI   10 1 "ftp://ftp1.example.com/public"
         CAA   0 issue "ca.example; account=1"
         SVCB  1 a mandatory=alpn,ipv6hint alpn="h2,a\\,b" ipv6hint=2001:db8::1 key667="xy" no-default-alpn
         SPF   "v=spf1 -all"
`;

const SCHEME: Scheme = {
  zone: parseName("svc.test."),
  ttlSeconds: 5,
  ttlRules: [],
  negativeTtlSeconds: 1,
  maxAnswers: 100,
  diagnostics: true,
  reverseZones: [parseName("198.in-addr.arpa.")],
};

/** Services in the sizes at which answers change: one instance, more than fit in 512 octets, more than are answered. */
const SERVICES: Readonly<Record<string, number>> = { one: 1, web: 40, crowd: 150 };

const CATALOG = new Catalog();
const TOUCHED = nothingTouched();
CATALOG.apply({ kind: "reset", revision: 1000, items: registrations(), why: "fuzz" }, TOUCHED);

/** The three sources of the zones but updates, and the zones as they are without any. */
export const FIXED: Fixed = { scheme: SCHEME, zones: completed(staticZones(), SCHEME, ["192.0.2.53"]) };
export const GENERATED = atOnce(generate(new Map(), CATALOG, TOUCHED, SCHEME));
export const SNAPSHOT = new LiveZones().next(FIXED, GENERATED, CATALOG);

/** The same zones before, that is, without some names, with others, and with other data and TTLs. */
export const EARLIER = snapshotOf(
  ZONE_TEXT.replace("host 1 3600", "host 0 3600")
    .replace("$TTL 60", "$TTL 61")
    .replace("host 7 3600", "host 2147483654 3600")
    .replace("alias    CNAME Chain1", "gone     A 192.0.2.9\n         TXT x")
    .replace("deep.a.b.c.d.e", "other.a.b.c.d.e")
    .replace('"wild"', '"tame"')
    .replace("SRV  0 256 81 Case.KEPT", "SRV  0 256 82 case.kept"),
);

function staticZones(): readonly StaticZone[] {
  const readInclude = () => ({ kind: "refused", reason: "it is not there" }) as const;
  const { records } = parseMasterFile(ZONE_TEXT, { file: "f", origin: undefined, readInclude });
  return buildZones([records], SCHEME.zone).zones;
}

function registrations(): Item[] {
  return Object.entries(SERVICES).flatMap(([service, count]) =>
    Array.from({ length: count }, (_, i) => ({
      key: instanceKey(service, `i-${i}`),
      value: JSON.stringify(registration(i)),
      revision: i + 1,
    })),
  );
}

function registration(i: number): object {
  return {
    generation: 1,
    addresses: [`198.51.100.${i}`, ...(i % 3 === 0 ? [`2001:db8:1::${i}`] : [])],
    ports: [
      { name: "http", port: 8000 + i, protocol: "tcp", alpn: i % 2 === 0 ? ["h2"] : [] },
      { name: "stats", port: 9000, protocol: "udp", alpn: [] },
    ],
    tags: i % 4 === 0 ? ["canary"] : [],
    meta: { version: `1.${i}` },
    priority: 10,
    weight: i % 7,
    initialState: i % 5 === 0 ? "critical" : "passing",
    deregisterAfterSeconds: 0,
    checks: [],
  };
}
