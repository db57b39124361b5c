import { describe, expect, test } from "vitest";
import { ask, lines, snapshotOf } from "../support/ask.ts";

const snapshot = snapshotOf(`
$ORIGIN example.
$TTL 60
@                SOA ns hostmaster 7 60 10 600 60
@                NS ns
ns               A 192.0.2.53
a                A 192.0.2.1
a                AAAA 2001:db8::1
*.wild           A 192.0.2.2
tree             DNAME forest
x.tree           A 192.0.2.66
both             MX 1 a
both             MX 2 A
wild             MX 1 q.wild
occluded         MX 1 x.tree
alias            CNAME a
mail             MX 1 alias
_http._tcp       PTR Web\\032App._http._tcp
_http._tcp       PTR other._http._tcp
web\\032app._http._tcp SRV 0 0 80 a
web\\032app._http._tcp TXT "path=/"
other._http._tcp SRV 0 0 80 b.elsewhere.
other._http._tcp TXT ""
reverse          PTR a
a                TXT "not asked for"
svcb             SVCB 1 a alpn=h2
svc-own          SVCB 1 . port=8443
svc-own          A 192.0.2.3
svc-none         SVCB 0 .
svc-none         A 192.0.2.4
https-alias      HTTPS 0 web
web              HTTPS 1 . alpn=h2
web              A 192.0.2.5
cut              NS ns.cut
cut              NS ns.sub.cut
cut              NS ns.wild.cut
cut              NS ns.far.cut
ns.cut           A 192.0.2.10
*.wild.cut       A 192.0.2.11
ns.far.cut       A 192.0.2.12
sub.cut.example. SOA ns hostmaster 7 60 10 600 60
sub.cut.example. NS ns.sub.cut.example.
ns.sub.cut.example. A 192.0.2.13
far.cut.example. SOA ns hostmaster 7 60 10 600 60
far.cut.example. NS ns.example.
`);

const additional = (question: string) => lines(ask(snapshot, question)).filter((line) => line.startsWith("ad "));

describe("records in Additional", () => {
  test.each<[question: string, expected: string[]]>([
    // Once, however it is written.
    ["both.example. MX", ["ad a.example. 60 A 192.0.2.1", "ad a.example. 60 AAAA 2001:db8::1"]],
    ["wild.example. MX", ["ad q.wild.example. 60 A 192.0.2.2"]],
    // Neither what a DNAME occludes, nor what an alias leads to.
    ["occluded.example. MX", []],
    ["mail.example. MX", []],
    // A DNS-SD service type: instances, then the addresses of their hosts (RFC 6763 §12.1).
    [
      "_http._tcp.example. PTR",
      [
        "ad Web\\032App._http._tcp.example. 60 SRV 0 0 80 a.example.",
        'ad Web\\032App._http._tcp.example. 60 TXT "path=/"',
        "ad other._http._tcp.example. 60 SRV 0 0 80 b.elsewhere.",
        'ad other._http._tcp.example. 60 TXT ""',
        "ad a.example. 60 A 192.0.2.1",
        "ad a.example. 60 AAAA 2001:db8::1",
      ],
    ],
    ["reverse.example. PTR", []],
    // Service bindings (RFC 9460 §4.1): "." is the owner in ServiceMode, and nothing in AliasMode.
    ["svcb.example. SVCB", ["ad a.example. 60 A 192.0.2.1", "ad a.example. 60 AAAA 2001:db8::1"]],
    ["svc-own.example. SVCB", ["ad svc-own.example. 60 A 192.0.2.3"]],
    ["svc-none.example. SVCB", []],
    ["https-alias.example. HTTPS", ['ad web.example. 60 HTTPS 1 . alpn="h2"', "ad web.example. 60 A 192.0.2.5"]],
  ])("%s", (question, expected) => {
    expect(additional(question)).toEqual(expected);
  });

  test("glue comes from a zone below that we have, else from the zone that delegates, wildcards included", () => {
    expect(additional("x.cut.example. A")).toEqual([
      "ad ns.cut.example. 60 A 192.0.2.10",
      "ad ns.sub.cut.example. 60 A 192.0.2.13",
      "ad ns.wild.cut.example. 60 A 192.0.2.11",
      "ad ns.far.cut.example. 60 A 192.0.2.12",
    ]);
  });
});

describe("referrals that do not fit (RFC 9471 §3)", () => {
  const referral = (inDomain: number, siblings: number) => {
    const servers = [
      ...Array.from({ length: inDomain }, (_, i) => `ns${i}.cut`),
      ...Array.from({ length: siblings }, (_, i) => `ns${i}.sibling`),
    ];
    const records = servers.flatMap((server) => [`cut NS ${server}`, `${server} AAAA 2001:db8::1`]);
    const zone = ["$ORIGIN example.", "$TTL 60", "@ SOA ns h 1 60 10 600 60", "@ NS ns", "sibling NS ns.sibling"];
    return ask(snapshotOf([...zone, ...records, ""].join("\n")), "x.cut.example. A");
  };

  test.each<[inDomain: number, siblings: number, glue: number, isTruncated: boolean]>([
    [10, 0, 10, false],
    [11, 0, 10, true],
    // Siblings can be asked for elsewhere: their glue comes last, and goes without TC.
    [5, 6, 9, false],
  ])("%i in-domain and %i sibling name servers: %i with glue, TC %s", (inDomain, siblings, glue, isTruncated) => {
    const { flags, authority, additional } = referral(inDomain, siblings);
    expect([authority.length, additional.length, flags.has("tc")]).toEqual([inDomain + siblings, glue, isTruncated]);
  });
});
