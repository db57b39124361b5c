import { describe, expect, test } from "vitest";
import { RCODE, TYPE } from "../../src/dns/numbers.ts";
import { ask, lines, snapshotOf } from "../support/ask.ts";

const SOA = "au example. 60 SOA ns.example. hostmaster.example. 7 60 10 600 60";

const snapshot = snapshotOf(`
$ORIGIN example.
$TTL 300
@           SOA ns hostmaster 7 60 10 600 60
@           NS ns
ns          A 192.0.2.53
a           A 192.0.2.1
A-case      TXT "Kept"
deep.ent    TXT "x"
*.wild      TXT "any"
sub.wild    TXT "own"
alias       CNAME a
alias2      CNAME alias
away        CNAME www.elsewhere.
loop        CNAME pool
pool        CNAME loop
dangling    CNAME missing
*.cname     CNAME a
_http._tcp  SRV 10 5 80 a
            SRV 20 5 80 b.other.example.
mail        MX 10 A
child       NS ns.child
            NS ns.elsewhere.
            DS 1 8 2 ${"00".repeat(32)}
ns.child    A 192.0.2.99
host.child  A 192.0.2.98
tree        DNAME forest
x.forest    A 192.0.2.77
tree2       DNAME tree3
tree3       DNAME x.tree2
long        DNAME ${"long-label-".repeat(5)}.${"long-label-".repeat(5)}.${"long-label-".repeat(5)}.a
to-child    CNAME other
x.tree      A 192.0.2.66
other       NS ns.other
other       DS 2 8 2 ${"11".repeat(32)}
any         A 192.0.2.3
any         A 192.0.2.4
any         TXT "also"
cut.*.wild  NS ns.elsewhere.
below.child TXT "occluded"
other.example. SOA ns.example. h.example. 1 60 10 600 5
other.example. NS ns.example.
b.other.example. A 192.0.2.2
b.other.example. AAAA 2001:db8::2
alone.example. SOA ns.example. h.example. 1 60 10 600 5
alone.example. NS ns.example.
`);

describe("lookup (RFC 1034 §4.3.2)", () => {
  test.each<[question: string, expected: string[]]>([
    ["a.example. A", ["NOERROR aa", "an a.example. 300 A 192.0.2.1"]],
    ["a.example. AAAA", ["NOERROR aa", SOA]],
    ["missing.example. A", ["NXDOMAIN aa", SOA]],
    // An empty non-terminal exists (RFC 4592 §2.2.2, RFC 8020).
    ["ent.example. A", ["NOERROR aa", SOA]],
    ["x.ent.example. A", ["NXDOMAIN aa", SOA]],
    // Wildcards, and what closes them off (RFC 4592 §2.2.1).
    ["q.wild.example. TXT", ["NOERROR aa", 'an q.wild.example. 300 TXT "any"']],
    ["q.r.wild.example. TXT", ["NOERROR aa", 'an q.r.wild.example. 300 TXT "any"']],
    ["q.wild.example. A", ["NOERROR aa", SOA]],
    ["q.sub.wild.example. TXT", ["NXDOMAIN aa", SOA]],
    ["wild.example. TXT", ["NOERROR aa", SOA]],
    ["*.wild.example. TXT", ["NOERROR aa", 'an *.wild.example. 300 TXT "any"']],
    // Aliases.
    [
      "alias2.example. A",
      [
        "NOERROR aa",
        "an alias2.example. 300 CNAME alias.example.",
        "an alias.example. 300 CNAME a.example.",
        "an a.example. 300 A 192.0.2.1",
      ],
    ],
    ["alias.example. CNAME", ["NOERROR aa", "an alias.example. 300 CNAME a.example."]],
    ["alias.example. TXT", ["NOERROR aa", "an alias.example. 300 CNAME a.example.", SOA]],
    ["away.example. A", ["NOERROR aa", "an away.example. 300 CNAME www.elsewhere."]],
    ["dangling.example. A", ["NXDOMAIN aa", "an dangling.example. 300 CNAME missing.example.", SOA]],
    [
      "loop.example. A",
      ["NOERROR aa", "an loop.example. 300 CNAME pool.example.", "an pool.example. 300 CNAME loop.example."],
    ],
    ["q.cname.example. A", ["NOERROR aa", "an q.cname.example. 300 CNAME a.example.", "an a.example. 300 A 192.0.2.1"]],
    // DNAME (RFC 6672).
    [
      "x.tree.example. A",
      [
        "NOERROR aa",
        "an tree.example. 300 DNAME forest.example.",
        "an x.tree.example. 300 CNAME x.forest.example.",
        "an x.forest.example. 300 A 192.0.2.77",
      ],
    ],
    ["tree.example. DNAME", ["NOERROR aa", "an tree.example. 300 DNAME forest.example."]],
    [
      "x.x.tree.example. A",
      [
        "NXDOMAIN aa",
        "an tree.example. 300 DNAME forest.example.",
        "an x.x.tree.example. 300 CNAME x.x.forest.example.",
        SOA,
      ],
    ],
    [
      "x.tree.example. CNAME",
      ["NOERROR aa", "an tree.example. 300 DNAME forest.example.", "an x.tree.example. 300 CNAME x.forest.example."],
    ],
    // What a DNAME makes too long is YXDOMAIN (RFC 6672 §2.2).
    [
      `${"y".repeat(63)}.${"z".repeat(63)}.long.example. A`,
      [
        "YXDOMAIN aa",
        `an long.example. 300 DNAME ${"long-label-".repeat(5)}.${"long-label-".repeat(5)}.${"long-label-".repeat(5)}.a.example.`,
      ],
    ],
    // Delegation: no AA, glue; DS belongs to the parent.
    [
      "host.child.example. A",
      [
        "NOERROR",
        "au child.example. 300 NS ns.child.example.",
        "au child.example. 300 NS ns.elsewhere.",
        "ad ns.child.example. 300 A 192.0.2.99",
      ],
    ],
    [
      "child.example. NS",
      [
        "NOERROR",
        "au child.example. 300 NS ns.child.example.",
        "au child.example. 300 NS ns.elsewhere.",
        "ad ns.child.example. 300 A 192.0.2.99",
      ],
    ],
    ["child.example. DS", ["NOERROR aa", `an child.example. 300 DS 1 8 2 ${"00".repeat(32)}`]],
    [
      "to-child.example. DS",
      [
        "NOERROR aa",
        "an to-child.example. 300 CNAME other.example.",
        `an other.example. 300 DS 2 8 2 ${"11".repeat(32)}`,
      ],
    ],
    ["x.cut.*.wild.example. A", ["NOERROR", "au cut.*.wild.example. 300 NS ns.elsewhere."]],
    // ANY is one RRset (RFC 8482 §4.1).
    ["any.example. ANY", ["NOERROR aa", "an any.example. 300 A 192.0.2.3", "an any.example. 300 A 192.0.2.4"]],
    // Additional, across our zones; the target keeps its case (RFC 4343 §4.1).
    [
      "_http._tcp.example. SRV",
      [
        "NOERROR aa",
        "an _http._tcp.example. 300 SRV 10 5 80 a.example.",
        "an _http._tcp.example. 300 SRV 20 5 80 b.other.example.",
        "ad a.example. 300 A 192.0.2.1",
        "ad b.other.example. 300 A 192.0.2.2",
        "ad b.other.example. 300 AAAA 2001:db8::2",
      ],
    ],
    ["mail.example. MX", ["NOERROR aa", "an mail.example. 300 MX 10 A.example.", "ad A.example. 300 A 192.0.2.1"]],
    // A zone of its own below another one.
    ["b.other.example. A", ["NOERROR aa", "an b.other.example. 300 A 192.0.2.2"]],
    ["other.example. DS", ["NOERROR aa", `an other.example. 300 DS 2 8 2 ${"11".repeat(32)}`]],
    ["alone.example. DS", ["NOERROR aa", "au alone.example. 5 SOA ns.example. h.example. 1 60 10 600 5"]],
    ["x.other.example. A", ["NXDOMAIN aa", "au other.example. 5 SOA ns.example. h.example. 1 60 10 600 5"]],
    ["elsewhere. A", ["REFUSED"]],
    // Names are compared without case; the question comes back as it was asked.
    ["A.ExAmPlE. A", ["NOERROR aa", "an A.ExAmPlE. 300 A 192.0.2.1"]],
    ["a-CASE.example. TXT", ["NOERROR aa", 'an a-CASE.example. 300 TXT "Kept"']],
  ])("%s", (question, expected) => {
    expect(lines(ask(snapshot, question))).toEqual(expected);
  });
});

test("a loop of DNAMEs ends, and holds each DNAME once (RFC 2181 §5)", () => {
  const { answer, rcode } = ask(snapshot, "x.tree2.example. A", { protocol: "tcp" });
  expect([rcode, answer.filter(({ type }) => type === TYPE.DNAME).length]).toEqual([RCODE.NOERROR, 2]);
  expect(new Set(answer.map(({ owner, rdata }) => `${owner} ${rdata}`)).size).toBe(answer.length);
});
