import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMasterFile } from "../../src/dns/master-file.ts";
import { parseName } from "../../src/dns/name.ts";
import { CLASS, RCODE, TYPE } from "../../src/dns/numbers.ts";
import { buildZones } from "../../src/zone/build.ts";
import type { Node } from "../../src/zone/node.ts";
import { overlay } from "../../src/zone/overlay.ts";
import { checkPrerequisites } from "../../src/zone/prerequisites.ts";
import { makeUpdates, prescan, type UpdatableZone } from "../../src/zone/update.ts";
import { makeZone } from "../../src/zone/zone.ts";
import { linesByName, update } from "../support/updates.ts";

const ORIGIN = parseName("example.");

/** The tree of a zone's records. */
function tree(text: string): Node {
  const { records, problems } = parseMasterFile(text, {
    file: "test.zone",
    origin: ORIGIN,
    readInclude: () => ({ kind: "refused", reason: "" }),
  });
  expect(problems).toEqual([]);
  return buildZones([records], ORIGIN).zones[0]!.apex;
}

const FIXED = tree(`
$TTL 300
@           SOA ns hostmaster 7 60 10 600 60
@           NS ns
@           TXT "static"
ns          A 192.0.2.53
www         A 192.0.2.1
www         A 192.0.2.2
deep.ent    TXT "x"
alias       CNAME www
sub         NS ns.sub
ns.sub      A 192.0.2.99
away        DNAME elsewhere.test.
mail        MX 10 Mail
`);
const GENERATED = tree(`
web         5 A 10.0.0.1
a.i.web     5 A 10.0.0.1
`);

function target(updated = ""): UpdatableZone {
  const layers = { generated: GENERATED, fixed: FIXED, updated: tree(updated) };
  const written = overlay(layers.updated, FIXED).merged;
  return { ...layers, zone: makeZone(ORIGIN, overlay(GENERATED, written).merged, 107) };
}

/** What updates have given names that a message changes, or why it was refused. */
function made(updated: string, ...lines: readonly string[]) {
  const result = makeUpdates(target(updated), update("example.", ...lines).updates);
  return result.kind === "refused" ? result.why : linesByName(result.names);
}

const rcodeText = (rcode: number) => Object.entries(RCODE).find(([, number]) => number === rcode)?.[0];

describe("prerequisites (RFC 2136 §3.2)", () => {
  test.each([
    ["yx www", "NOERROR"],
    ["yx missing", "NXDOMAIN"],
    ["yx ent", "NXDOMAIN"], // an empty non-terminal is not in use
    ["nx missing", "NOERROR"],
    ["nx ent", "NOERROR"],
    ["nx www", "YXDOMAIN"],
    ["yx www A", "NOERROR"],
    ["yx www TXT", "NXRRSET"],
    ["yx missing A", "NXRRSET"],
    ["nx www TXT", "NOERROR"],
    ["nx missing A", "NOERROR"],
    ["nx www A", "YXRRSET"],
    ["yx www A 192.0.2.1", "NXRRSET"], // not the whole RRset
    ["yx mail MX 10 mAIL", "NOERROR"], // names in RDATA are compared without case
    ["yx web", "NOERROR"],
    ["yx web A 10.0.0.1", "NOERROR"],
    ["yx own A 192.0.2.7", "NOERROR"],
    ["yx alias A", "NXRRSET"], // aliases are not followed
    ["yx @ SOA ns hostmaster 107 60 10 600 60", "NOERROR"], // the serial as it is answered
    ["yx @ SOA ns hostmaster 7 60 10 600 60", "NXRRSET"],
    ["yx elsewhere.", "NOTZONE"],
  ])("%s: %s", (line, rcode) => {
    const { prerequisites } = update("example.", line);
    expect(rcodeText(checkPrerequisites(target("own 60 A 192.0.2.7").zone, prerequisites))).toBe(rcode);
  });

  test.each([
    [["yx www A 192.0.2.2", "yx www A 192.0.2.1"], "NOERROR"],
    [["yx www A 192.0.2.2", "yx www A 192.0.2.1", "yx www A 192.0.2.3"], "NXRRSET"],
    [["yx www A 192.0.2.2", "yx www A 192.0.2.2"], "NXRRSET"],
    [["yx www", "nx www TXT", "nx missing"], "NOERROR"],
    [["yx missing", "nx www A"], "NXDOMAIN"], // the first that fails tells
  ])("%j together: %s", (lines, rcode) => {
    expect(rcodeText(checkPrerequisites(target().zone, update("example.", ...lines).prerequisites))).toBe(rcode);
  });

  test.each([
    ["a TTL", "yx www", { ttl: 1 }],
    ["RDATA that asks for no value", "yx www A", { rdata: "\x01\x02\x03\x04" }],
    ["RDATA that asks for absence", "nx www A", { rdata: "\x01\x02\x03\x04" }],
    ["a class that means nothing", "yx www", { class: CLASS.CH }],
  ])("%s is FORMERR", (_, line, fault) => {
    const [record] = update("example.", line).prerequisites;
    expect(checkPrerequisites(target().zone, [{ ...record!, ...fault }])).toBe(RCODE.FORMERR);
  });
});

describe("the scan before updates (RFC 2136 §3.4.1)", () => {
  test.each([
    ["add www 60 A 192.0.2.1", {}, "NOERROR"],
    ["add www 60 TYPE65280 \\# 2 abcd", {}, "NOERROR"],
    ["add www.elsewhere. 60 A 192.0.2.1", {}, "NOTZONE"],
    ["delete elsewhere.", {}, "NOTZONE"],
    ["add www 60 A 192.0.2.1", { rdata: "" }, "FORMERR"],
    ["add www 60 A 192.0.2.1", { rdata: "\x01" }, "FORMERR"],
    ["add www 60 A 192.0.2.1", { type: TYPE.ANY }, "FORMERR"],
    ["add www 60 A 192.0.2.1", { type: TYPE.AXFR }, "FORMERR"],
    ["add www 60 A 192.0.2.1", { type: TYPE.OPT }, "FORMERR"],
    ["add www 60 A 192.0.2.1", { class: CLASS.CH }, "FORMERR"],
    ["delete www", {}, "NOERROR"],
    ["delete www A", {}, "NOERROR"],
    ["delete www A", { ttl: 1 }, "FORMERR"],
    ["delete www A", { rdata: "\x01\x02\x03\x04" }, "FORMERR"],
    ["delete www A", { type: TYPE.IXFR }, "FORMERR"],
    ["delete www A 192.0.2.1", {}, "NOERROR"],
    ["delete www A 192.0.2.1", { ttl: 1 }, "FORMERR"],
    ["delete www A 192.0.2.1", { type: TYPE.ANY }, "FORMERR"],
  ])("%s with %j: %s", (line, fault, rcode) => {
    const [record] = update("example.", line).updates;
    expect(rcodeText(prescan(ORIGIN, [{ ...record!, ...fault }]))).toBe(rcode);
  });
});

const OWN = `
own 60 A 192.0.2.7
own 60 A 192.0.2.8
own 60 MX 10 Mail
same 60 CNAME www
name 60 DNAME old.test.
`;

describe("updates (RFC 2136 §3.4.2)", () => {
  test.each<[readonly string[], Readonly<Record<string, readonly string[]>>]>([
    [["add new 60 A 192.0.2.9"], { "new.example.": ["60 A 192.0.2.9"] }],
    [["add NEW 60 A 192.0.2.9", "add new 60 A 192.0.2.9"], { "new.example.": ["60 A 192.0.2.9"] }],
    [["add *.new 60 A 192.0.2.9"], { "*.new.example.": ["60 A 192.0.2.9"] }],
    // beside static data of another type, below generated data, at an empty non-terminal of either
    [["add www 60 TXT x"], { "www.example.": ['60 TXT "x"'] }],
    [["add @ 60 CAA 0 issue a.test"], { "example.": ['60 CAA 0 issue "a.test"'] }],
    [["add _acme-challenge.web 60 TXT x"], { "_acme-challenge.web.example.": ['60 TXT "x"'] }],
    [["add i.web 60 TXT x", "add ent 60 TXT y"], { "i.web.example.": ['60 TXT "x"'], "ent.example.": ['60 TXT "y"'] }],
    // one TTL for an RRset (RFC 2181 §5.2): the one that came last; above 2^31 - 1 it is 0 (RFC 2181 §8)
    [
      ["add own 5 A 192.0.2.9"],
      { "own.example.": ["5 A 192.0.2.7", "5 A 192.0.2.8", "5 A 192.0.2.9", "60 MX 10 Mail.example."] },
    ],
    [["add own 5 MX 10 mAIL"], { "own.example.": ["60 A 192.0.2.7", "60 A 192.0.2.8", "5 MX 10 mAIL.example."] }],
    // what stands so already
    [["add own 60 A 192.0.2.7"], {}],
    [["add www 300 A 192.0.2.1"], {}],
    [["delete own A 192.0.2.9", "delete own TXT", "delete missing", "delete www TXT"], {}],
    [["delete own A", "add own 60 A 192.0.2.7", "delete own A"], { "own.example.": ["60 MX 10 Mail.example."] }],
    // CNAME and other data pass each other over; CNAME and DNAME are replaced
    [["add own 60 CNAME www", "add www 60 CNAME own"], {}],
    [["add alias 60 A 192.0.2.9", "add same 60 TXT x"], {}],
    [["add same 60 CNAME own"], { "same.example.": ["60 CNAME own.example."] }],
    [["add name 60 DNAME new.test."], { "name.example.": ["60 DNAME new.test."] }],
    [["delete same CNAME", "add same 60 TXT x"], { "same.example.": ['60 TXT "x"'] }],
    // the four forms of deletion, and what they leave
    [["delete own A 192.0.2.7"], { "own.example.": ["60 A 192.0.2.8", "60 MX 10 Mail.example."] }],
    [["delete own MX 10 mail"], { "own.example.": ["60 A 192.0.2.7", "60 A 192.0.2.8"] }],
    [["delete own A"], { "own.example.": ["60 MX 10 Mail.example."] }],
    [["delete own"], { "own.example.": [] }],
    [["delete own", "add own 60 TXT x"], { "own.example.": ['60 TXT "x"'] }],
    // SOA and NS of the apex
    [["add @ 60 SOA a b 107 1 1 1 1", "add @ 60 SOA a b 7 1 1 1 1", "add own 60 SOA a b 200 1 1 1 1"], {}],
    [["delete @ SOA", "delete @ NS", "delete @ SOA ns hostmaster 107 60 10 600 60", "delete @ NS ns"], {}],
    // a delegation of one's own, with glue
    [
      ["add child 60 NS ns.child", "add ns.child 60 A 192.0.2.9"],
      { "child.example.": ["60 NS ns.child.example."], "ns.child.example.": ["60 A 192.0.2.9"] },
    ],
  ])("%j: %j", (lines, expected) => {
    expect(made(OWN, ...lines)).toEqual(expected);
  });

  test("a TTL beyond 2^31 - 1 counts as 0 (RFC 2181 §8)", () => {
    const [record] = update("example.", "add new 60 A 192.0.2.9").updates;
    const result = makeUpdates(target(), [{ ...record!, ttl: 0x8000_0000 }]);
    expect(result.kind === "made" && linesByName(result.names)).toEqual({ "new.example.": ["0 A 192.0.2.9"] });
  });

  const STATIC = "it is static data, of a zone file";
  const GENERATED_TEXT = "it is generated from what is registered";
  const HIDES = "it would hide what is static or generated there or below";
  const CUT_OFF = "a delegation or DNAME of a zone file stands there or above";
  test.each([
    ["add www 300 A 192.0.2.9", `www.example. A as ${STATIC}`],
    ["add www 60 A 192.0.2.1", `www.example. A as ${STATIC}`],
    ["add alias 300 CNAME own", `alias.example. CNAME as ${STATIC}`],
    ["delete www A 192.0.2.1", `www.example. A as ${STATIC}`],
    ["delete www A", `www.example. A as ${STATIC}`],
    ["delete www", `www.example. ANY as ${STATIC}`],
    ["delete mail MX 10 mail", `mail.example. MX as ${STATIC}`],
    ["delete @", `example. ANY as ${STATIC}`],
    ["add @ 300 NS ns2", `example. NS as ${STATIC}`],
    ["add @ 300 SOA a b 108 1 1 1 1", "example. SOA as the server keeps the SOA itself"],
    ["add web 60 TXT x", `web.example. TXT as ${GENERATED_TEXT}`],
    ["add a.i.web 60 A 192.0.2.9", `a.i.web.example. A as ${GENERATED_TEXT}`],
    ["delete web", `web.example. ANY as ${GENERATED_TEXT}`],
    ["delete web TXT", `web.example. TXT as ${GENERATED_TEXT}`],
    ["add i.web 60 NS ns", `i.web.example. NS as ${HIDES}`],
    ["add i.web 60 DNAME elsewhere.", `i.web.example. DNAME as ${HIDES}`],
    ["add ent 60 NS ns", `ent.example. NS as ${HIDES}`],
    ["add www 60 NS ns", `www.example. NS as ${HIDES}`],
    ["add @ 60 DNAME elsewhere.", `example. DNAME as ${HIDES}`],
    ["add sub 60 DS 1 8 2 00", `sub.example. DS as ${CUT_OFF}`],
    ["add x.y.sub 60 A 192.0.2.9", `x.y.sub.example. A as ${CUT_OFF}`],
    ["add x.away 60 A 192.0.2.9", `x.away.example. A as ${CUT_OFF}`],
  ])("%s is refused: %s", (line, why) => {
    expect(made(OWN, "add new 60 A 192.0.2.9", line)).toBe(why);
  });

  const names = fc.constantFrom("own", "same", "new", "www", "web", "alias", "@", "ns.new");
  const rdatas = fc.constantFrom("A 192.0.2.1", "A 192.0.2.9", "TXT x", "CNAME www", "NS ns", "MX 10 mail");
  const lines = fc.oneof(
    fc.tuple(names, fc.nat(2), rdatas).map(([name, ttl, rdata]) => `add ${name} ${ttl} ${rdata}`),
    fc.tuple(names, rdatas).map(([name, rdata]) => `delete ${name} ${rdata}`),
    fc.tuple(names, rdatas).map(([name, rdata]) => `delete ${name} ${rdata.split(" ")[0]}`),
    names.map((name) => `delete ${name}`),
  );

  test("no RRset is ever empty, doubled, or shares an owner with a CNAME", () => {
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 12 }), (messages) => {
        const result = makeUpdates(target(OWN), update("example.", ...messages).updates);
        if (result.kind === "refused") return;
        for (const rrsets of result.names.values()) {
          const types = rrsets.map(({ type }) => type);
          expect(new Set(types).size).toBe(types.length);
          if (types.includes(TYPE.CNAME)) expect(types).toEqual([TYPE.CNAME]);
          for (const { rdatas } of rrsets) expect([...new Set(rdatas)]).toEqual(rdatas.length > 0 ? rdatas : undefined);
        }
      }),
    );
  });
});
