import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Answer, decode, encode, type Packet, streamDecode, streamEncode } from "dns-packet";
import { afterEach, describe, expect, test } from "vitest";
import { terminal } from "./terminal.ts";

interface Reply {
  readonly answers?: Answer[];
  readonly rcode?: number;
  /** Over UDP: nothing but the flag that says to come back over TCP. */
  readonly isCut?: boolean;
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A DNS server made with another codec than ours and dns2; returns `address:port` and what it was asked. */
async function dnsServer({ answers = [], rcode = 0, isCut = false }: Reply, address = "127.0.0.1") {
  const asked: string[] = [];
  const response = (request: Packet, protocol: "udp" | "tcp"): Packet => {
    const [question] = request.questions!;
    asked.push(`${protocol} ${question!.name} ${question!.type}`);
    const isEmpty = isCut && protocol === "udp";
    const flags = rcode | (isEmpty ? 0x0200 : 0);
    return { type: "response", id: request.id!, flags, questions: [question!], answers: isEmpty ? [] : answers };
  };
  const tcp = createServer((socket) => {
    socket.on("data", (bytes: Buffer) => socket.write(streamEncode(response(streamDecode(bytes), "tcp"))));
  }).listen(0, address);
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket(address.includes(":") ? "udp6" : "udp4").bind(port, address);
  await once(udp, "listening");
  udp.on("message", (bytes, client) => udp.send(encode(response(decode(bytes), "udp")), client.port, client.address));
  closers.push(
    () => tcp.close(),
    () => udp.close(),
  );
  return { server: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`, asked };
}

const NAME = "web.svc.internal";
const srv: Answer = {
  type: "SRV",
  name: NAME,
  ttl: 5,
  data: { priority: 10, weight: 256, port: 8080, target: "a.i.web.svc.internal" },
};

describe("resolve prints the records of an answer", () => {
  test.each<[Answer, string]>([
    [srv, "SRV 10 256 8080 a.i.web.svc.internal."],
    [{ type: "A", name: NAME, ttl: 5, data: "10.0.0.5" }, "A 10.0.0.5"],
    [{ type: "AAAA", name: NAME, ttl: 5, data: "2001:db8::5" }, "AAAA 2001:db8::5"],
    [{ type: "TXT", name: NAME, ttl: 5, data: ['a="b\\"', "ü\n"] }, String.raw`TXT "a=\"b\\\"" "\195\188\010"`],
    [{ type: "NS", name: NAME, ttl: 5, data: "ns.test" }, "NS ns.test."],
    [{ type: "CNAME", name: NAME, ttl: 5, data: "db.test" }, "CNAME db.test."],
    [{ type: "PTR", name: NAME, ttl: 5, data: "my web.test" }, String.raw`PTR my\032web.test.`],
    [{ type: "MX", name: NAME, ttl: 5, data: { preference: 1, exchange: "mx.test" } }, "MX 1 mx.test."],
    [
      {
        type: "SOA",
        name: NAME,
        ttl: 5,
        data: { mname: "ns.test", rname: "h.test", serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
      "SOA ns.test. h.test. 1 2 3 4 5",
    ],
    [{ type: "CAA", name: NAME, ttl: 5, data: { flags: 0, tag: "issue", value: "ca.test" } }, 'CAA 0 issue "ca.test"'],
    [{ type: "HINFO", name: NAME, ttl: 5, data: { cpu: "VAX", os: "VMS" } }, 'HINFO "VAX" "VMS"'],
    [{ type: "DNAME", name: NAME, ttl: 5, data: "other.test" }, "DNAME other.test."],
  ])("%j", async (answer, text) => {
    const { server } = await dnsServer({ answers: [answer] });
    const it = terminal();
    expect([await it.run("resolve", NAME, answer.type, "--server", server), it.stderr]).toEqual([0, ""]);
    expect(it.stdout).toBe(`${NAME}. 5 IN ${text}\n`);
  });
});

test("resolve asks for types that its library does not know", async () => {
  const { server, asked } = await dnsServer({ answers: [srv] });
  for (const type of ["SVCB", "TYPE65280"]) await terminal().run("resolve", NAME, type, "--server", server);
  expect(asked).toEqual([`udp ${NAME} UNKNOWN_64`, `udp ${NAME} UNKNOWN_65280`]);
});

describe("a name without a dot is a service of the discovery zone, and its type SRV", () => {
  test.each([
    [["web"], {}, "web.svc.internal SRV"],
    [["web", "a"], {}, "web.svc.internal A"],
    [["web"], { MUSTER_ZONE: "svc.test" }, "web.svc.test SRV"],
    [["web", "--zone", "Flag.Test."], { MUSTER_ZONE: "svc.test" }, "web.flag.test SRV"],
    [["canary.web"], {}, "canary.web SRV"],
    [["web."], {}, "web SRV"],
  ])("%j %j asks %s", async (argv, env, question) => {
    const { server, asked } = await dnsServer({ answers: [srv] });
    await terminal({ env }).run("resolve", ...argv, "--server", server);
    expect(asked).toEqual([`udp ${question}`]);
  });
});

test("resolve --short prints the RDATA, --json all of it", async () => {
  const { server } = await dnsServer({ answers: [srv] });
  const short = terminal();
  await short.run("resolve", "web", "--server", server, "--short");
  expect(short.stdout).toBe("10 256 8080 a.i.web.svc.internal.\n");
  const json = terminal();
  await json.run("resolve", "web", "--server", server, "--json");
  expect(JSON.parse(json.stdout)).toEqual({
    rcode: "NOERROR",
    answers: [{ name: `${NAME}.`, ttl: 5, type: "SRV", rdata: "10 256 8080 a.i.web.svc.internal." }],
  });
});

test.each([
  [{ rcode: 3 }, "NXDOMAIN"],
  [{ rcode: 5 }, "REFUSED"],
  [{ rcode: 0 }, "NODATA"],
])("resolve ends with 1 for %j", async (reply, outcome) => {
  const { server } = await dnsServer(reply);
  const it = terminal();
  expect([await it.run("resolve", "web", "--server", server), it.stdout]).toEqual([1, ""]);
  expect(it.stderr).toBe(`No answer to ${NAME}. SRV: ${outcome}\n`);
});

test.each(["127.0.0.1", "::1", "0:0:0:0:0:0:0:1"])(
  "resolve asks %s over TCP for what UDP cut short",
  async (address) => {
    const { server, asked } = await dnsServer({ answers: [srv], isCut: true }, address);
    const it = terminal();
    expect([await it.run("resolve", "web", "--server", server), asked]).toEqual([
      0,
      [`udp ${NAME} SRV`, `tcp ${NAME} SRV`],
    ]);
    expect(it.stdout).toContain("IN SRV");
  },
);

test("resolve --tcp uses TCP alone, and ends with 3 where nothing listens", async () => {
  const { server, asked } = await dnsServer({ answers: [srv] });
  expect([await terminal().run("resolve", "web", "--server", server, "--tcp"), asked]).toEqual([
    0,
    [`tcp ${NAME} SRV`],
  ]);
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const it = terminal();
  expect(await it.run("resolve", "web", "--server", `127.0.0.1:${port}`, "--tcp")).toBe(3);
  expect(it.stderr).toContain(`Cannot reach the DNS server 127.0.0.1:${port}`);
});
