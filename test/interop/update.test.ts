import { expect } from "vitest";
import { keyText, keyWith } from "../support/tsig-ends.ts";
import { type Muster, startMuster } from "./muster.ts";
import { type Sending, sendUpdate, UPDATE_CLIENTS, type UpdateClient } from "./nsupdate.ts";
import { directoryWith } from "./processes.ts";
import { testWith } from "./programs.ts";

const ALL = keyWith("hmac-sha256", { name: "all." });
const ACME = keyWith("hmac-sha512", { name: "acme." });
const KEYS = {
  all: keyText(ALL),
  acme: keyText(ACME),
  wrongSecret: keyText(keyWith("hmac-sha256", { name: "all.", secret: "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0" })),
  unknown: keyText(keyWith("hmac-sha256", { name: "unknown." })),
} as const;

const ZONE = `
$ORIGIN example.org.
$TTL 300
@     SOA ns hostmaster 100 60 10 600 60
@     NS  ns
ns    A   127.0.0.1
www   A   192.0.2.1
alias CNAME www
`;

function startUpdatable(env: Readonly<Record<string, string>> = {}): Promise<Muster> {
  return startMuster({
    MUSTER_DNS_KEYS: [KEYS.all, KEYS.acme].join(),
    MUSTER_DNS_UPDATE: "all subtree example.org ANY, all subtree svc.internal, grant acme subtree example.org TXT",
    MUSTER_ZONES_DIR: directoryWith({ "example.org.zone": ZONE }),
    ...env,
  });
}

const WAYS = UPDATE_CLIENTS.flatMap((client) => [
  { client, overTcp: false },
  { client, overTcp: true },
]);

const BOTH = testWith(...UPDATE_CLIENTS, "dig");

BOTH("nsupdate and knsupdate change what their key may change, and nothing without one, over UDP and TCP", async () => {
  const muster = await startUpdatable();
  const rows: [key: string | undefined, line: string, expected: string | RegExp][] = [
    [KEYS.all, "update add NAME.example.org 60 A 192.0.2.9", "NOERROR"],
    [KEYS.acme, "update add NAME.example.org 60 TXT x", "NOERROR"],
    [KEYS.acme, "update add NAME.example.org 60 A 192.0.2.10", "REFUSED"],
    [undefined, "update add NAME.example.org 60 A 192.0.2.10", "REFUSED"],
    [KEYS.wrongSecret, "update add NAME.example.org 60 A 192.0.2.10", /^(NOTAUTH|BADSIG) \(not verified\)$/],
    [KEYS.unknown, "update add NAME.example.org 60 A 192.0.2.10", /^(NOTAUTH|BADKEY) \(not verified\)$/],
  ];
  for (const [i, { client, overTcp }] of WAYS.entries()) {
    for (const [key, line, expected] of rows) {
      const status = await sendUpdate(client, muster, "example.org", [line.replace("NAME", `n${i}`)], { key, overTcp });
      expect(status, `${client} ${overTcp} ${line}`).toMatch(expected);
    }
    expect(await muster.rdata(`n${i}.example.org`, "A")).toEqual(["192.0.2.9"]);
    expect(await muster.rdata(`n${i}.example.org`, "TXT")).toEqual(['"x"']);
  }
});

BOTH("every form of prerequisite and of update does what RFC 2136 says, and dig sees it at once", async () => {
  const muster = await startUpdatable();
  const serial = async () => Number((await muster.rdata("example.org", "SOA"))[0]?.split(" ")[2]);
  for (const { client, overTcp } of WAYS) {
    const own = `${client}${overTcp}.example.org`;
    // What is done, what it is answered with, and what RRset A of `own` then holds.
    const rows: [lines: string[], status: string, addresses: string[]][] = [
      [["prereq yxdomain OWN", "update add OWN 60 A 192.0.2.1"], "NXDOMAIN", []],
      [["prereq nxdomain OWN", "update add OWN 60 A 192.0.2.1"], "NOERROR", ["192.0.2.1"]],
      [["prereq nxdomain OWN", "update add OWN 60 A 192.0.2.2"], "YXDOMAIN", ["192.0.2.1"]],
      [["prereq yxrrset OWN A", "update add OWN 60 A 192.0.2.2"], "NOERROR", ["192.0.2.1", "192.0.2.2"]],
      [["prereq yxrrset OWN TXT", "update delete OWN"], "NXRRSET", ["192.0.2.1", "192.0.2.2"]],
      [["prereq nxrrset OWN A", "update delete OWN"], "YXRRSET", ["192.0.2.1", "192.0.2.2"]],
      [["prereq yxrrset OWN A 192.0.2.1", "update delete OWN"], "NXRRSET", ["192.0.2.1", "192.0.2.2"]],
      [
        ["prereq yxrrset OWN A 192.0.2.2", "prereq yxrrset OWN A 192.0.2.1", "update delete OWN A 192.0.2.1"],
        "NOERROR",
        ["192.0.2.2"],
      ],
      [["update delete OWN TXT", "update add OWN 60 TXT x", "update delete OWN A"], "NOERROR", []],
      [["prereq yxrrset OWN TXT x", "update delete OWN", "update add OWN 60 A 192.0.2.3"], "NOERROR", ["192.0.2.3"]],
      [["update add OWN 60 CNAME www.example.org."], "NOERROR", ["192.0.2.3"]],
      [["update delete OWN"], "NOERROR", []],
      [
        ["prereq nxdomain OWN", "update add OWN 60 CNAME www.example.org."],
        "NOERROR",
        ["192.0.2.1", "www.example.org."],
      ],
      [["update delete OWN CNAME"], "NOERROR", []],
    ];
    for (const [lines, status, addresses] of rows) {
      const before = status === "NOERROR" ? undefined : await serial();
      const sent = lines.map((line) => line.replace("OWN", own));
      expect(await sendUpdate(client, muster, "example.org", sent, { key: KEYS.all, overTcp }), sent.join("; ")).toBe(
        status,
      );
      expect(await muster.rdata(own, "A"), sent.join("; ")).toEqual(addresses);
      if (before !== undefined) expect(await serial()).toBe(before);
    }
    expect(await muster.dig(own, "TXT")).toContain("status: NXDOMAIN");
  }
});

testWith(
  "nsupdate",
  "dig",
  "curl",
)("what files say and what is registered is not to be updated", async () => {
  const muster = await startUpdatable();
  await muster.curl("PUT", "/v1/services/web/instances/a", { address: "10.0.0.1", port: 8080 });
  const rows: [zone: string, line: string, status: string][] = [
    ["example.org", "update add www.example.org 300 A 192.0.2.9", "REFUSED"],
    ["example.org", "update delete www.example.org", "REFUSED"],
    ["example.org", "update delete example.org NS ns.example.org.", "NOERROR"], // the last one stays
    ["example.org", "update add alias.example.org 300 A 192.0.2.9", "NOERROR"], // passed over, beside a CNAME
    ["example.org", "update add www.example.org 60 TXT beside", "NOERROR"],
    ["svc.internal", "update add web.svc.internal 60 TXT x", "REFUSED"],
    ["svc.internal", "update delete a.i.web.svc.internal A", "REFUSED"],
    ["svc.internal", "update add _acme-challenge.web.svc.internal 60 TXT token", "NOERROR"],
    ["example.net", "update add www.example.net 60 A 192.0.2.9", "NOTAUTH"],
  ];
  for (const [zone, line, status] of rows)
    expect(await sendUpdate("nsupdate", muster, zone, [line], { key: KEYS.all }), line).toBe(status);
  expect(await muster.rdata("www.example.org", "A")).toEqual(["192.0.2.1"]);
  expect(await muster.rdata("www.example.org", "TXT")).toEqual(['"beside"']);
  expect(await muster.rdata("example.org", "NS")).toEqual(["ns.example.org."]);
  expect(await muster.rdata("alias.example.org", "A")).toEqual(["192.0.2.1", "www.example.org."]);
  expect(await muster.rdata("a.i.web.svc.internal", "A")).toEqual(["10.0.0.1"]);
  expect(await muster.rdata("_acme-challenge.web.svc.internal", "TXT")).toEqual(['"token"']);
});

testWith("nsupdate", "dig")(
  "no update that was acknowledged is lost by kill -9, nor does a serial go back",
  async () => {
    const MUSTER_DATA_DIR = directoryWith();
    const victim = await startUpdatable({ MUSTER_DATA_DIR });
    const send = (client: UpdateClient, sending: Sending, ...lines: string[]) =>
      sendUpdate(client, victim, "example.org", lines, { key: KEYS.all, ...sending });
    const hosts = Array.from({ length: 20 }, (_, i) => `h${i}.example.org`);
    const statuses = await Promise.all(
      hosts.map((host, i) => send("nsupdate", { overTcp: i % 2 === 0 }, `update add ${host} 60 A 192.0.2.${i}`)),
    );
    expect(new Set(statuses)).toEqual(new Set(["NOERROR"]));
    expect(await send("nsupdate", {}, `update delete ${hosts[0]}`)).toBe("NOERROR");
    const soa = await victim.rdata("example.org", "SOA");
    victim.signal("SIGKILL");
    await victim.ended;

    const restarted = await startUpdatable({ MUSTER_DATA_DIR });
    expect(await restarted.rdata("example.org", "SOA")).toEqual(soa);
    expect(await restarted.rdata(hosts[0]!, "A")).toEqual([]);
    for (const [i, host] of hosts.entries())
      if (i > 0) expect(await restarted.rdata(host, "A")).toEqual([`192.0.2.${i}`]);
  },
);
