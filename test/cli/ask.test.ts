import { type Answer, decode, encode } from "dns-packet";
import { expect, test } from "vitest";
import type { Parts } from "../../src/cli/parts.ts";
import { terminal } from "./terminal.ts";

/** A responder made with another codec; `seen` notes what happens to it. */
function fakeResponder(answers: Answer[], rcode: number, seen: string[]): Pick<Parts, "openResponder"> {
  return {
    openResponder: async ({ zone, dataDir }) => {
      seen.push(`open ${dataDir} ${zone}`);
      return {
        responder: {
          respond: (request, client, out) => {
            const query = decode(Buffer.from(request));
            const [question] = query.questions!;
            seen.push(`${client.protocol} ${question!.name} ${question!.type}`);
            const flags = 0x0400 | rcode;
            const response = encode({ type: "response", id: query.id!, flags, questions: [question!], answers });
            out.set(response);
            return response.length;
          },
          async *respondLater() {},
        },
        close: async () => {
          seen.push("close");
        },
      };
    },
  };
}

const answer: Answer = { type: "A", name: "web.svc.test", ttl: 5, data: "10.0.0.5" };

test("ask runs the responder over the settings' directories and prints the message", async () => {
  const seen: string[] = [];
  const it = terminal({ parts: fakeResponder([answer], 0, seen), env: { MUSTER_ZONE: "svc.test" } });
  expect(await it.run("ask", "web", "a", "--data-dir", ":memory:")).toBe(0);
  expect(seen).toEqual(["open :memory: svc.test", "tcp web.svc.test A", "close"]);
  expect(it.stdout).toMatch(/status: NOERROR/);
  expect(it.stdout).toMatch(/^web\.svc\.test\.\s+5\s+IN\s+A\s+10\.0\.0\.5$/m);
});

test("ask --json prints rcode and answers", async () => {
  const it = terminal({ parts: fakeResponder([answer], 0, []) });
  await it.run("ask", "web.svc.test", "A", "--json");
  expect(JSON.parse(it.stdout)).toEqual({
    rcode: "NOERROR",
    answers: [{ name: "web.svc.test.", ttl: 5, type: "A", rdata: "10.0.0.5" }],
  });
});

test("ask prints every message of an answer that comes in several", async () => {
  const it = terminal({
    parts: {
      openResponder: async () => ({
        responder: {
          respond: () => -1,
          async *respondLater(request) {
            const { id, questions } = decode(Buffer.from(request));
            for (const data of ["10.0.0.5", "10.0.0.6"]) {
              yield encode({ type: "response", id: id!, questions: questions!, answers: [{ ...answer, data }] });
            }
          },
        },
        close: async () => {},
      }),
    },
  });
  expect(await it.run("ask", "web", "AXFR")).toBe(0);
  expect(it.stdout.match(/ANSWER SECTION/g)).toHaveLength(2);
  expect(it.stdout).toMatch(/10\.0\.0\.5\n[\s\S]*10\.0\.0\.6\n/);
});

test.each([
  [3, "NXDOMAIN"],
  [0, "NODATA"],
  [2, "SERVFAIL"],
])("ask prints the message of rcode %s without answers and ends with 1", async (rcode, outcome) => {
  const it = terminal({ parts: fakeResponder([], rcode, []) });
  expect(await it.run("ask", "web")).toBe(1);
  expect(it.stdout).toContain("QUESTION SECTION");
  expect(it.stderr).toBe(`No answer to web.svc.internal. SRV: ${outcome}\n`);
});
