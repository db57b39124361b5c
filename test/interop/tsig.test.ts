import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { bytesOf, octetsOf } from "../../src/dns/octets.ts";
import { hexOctets, hexText } from "../../src/dns/text-encodings.ts";
import type { TsigKey } from "../../src/dns/tsig-key.ts";
import { ALGORITHMS, KEY, keysWith, keyText, keyWith, response, signed, verified } from "../support/tsig-ends.ts";
import { NOTAUTH, RESPONSES } from "../support/tsig-vectors.ts";
import { run } from "./processes.ts";
import { testWhere } from "./programs.ts";

const PEER = fileURLToPath(new URL("clients/tsig_peer.py", import.meta.url));

/** A Python that has dnspython: a distribution's package serves the distribution's own, which another one may hide. */
const python = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((directory) => join(directory, "python3"))
  .find((file) => spawnSync(file, ["-c", "import dns.tsig"], { stdio: "ignore" }).status === 0);
const testWithDnspython = testWhere(python === undefined ? "not installed: python3-dnspython" : undefined);

async function peer(command: "ask" | "answer" | "judge", key: TsigKey, ...messages: Uint8Array[]): Promise<string[]> {
  const hex = messages.map((message) => hexText(octetsOf(message)));
  return (await run(python!, PEER, command, keyText(key), ...hex)).trimEnd().split("\n");
}

const bytes = (hex: string) => bytesOf(hexOctets(hex)!);
const now = () => Math.floor(Date.now() / 1000);

testWithDnspython("what dnspython signs is verified here: requests, and responses of several messages", async () => {
  for (const algorithm of ALGORITHMS) {
    const key = keyWith(algorithm);
    const [request = ""] = await peer("ask", key);
    expect(verified(bytes(request), keysWith(key), now())).toMatchObject({ key: key.name, error: 0 });
    const client = signed(key, now());
    const answers = await peer("answer", key, client.request);
    expect(answers.map((answer) => client.verify(bytes(answer), now()))).toEqual([true, true, true]);
  }
});

testWithDnspython(
  "what is signed here is verified by dnspython: requests, and responses of several messages",
  async () => {
    for (const algorithm of ALGORITHMS) {
      const key = keyWith(algorithm);
      const { request } = signed(key, now());
      const signer = verified(request, keysWith(key), now())!;
      const [first, second, third] = RESPONSES.map((message) => response(signer, message, now())) as Messages;
      expect(await peer("judge", key, request, first, second, third)).toEqual(["good", "good", "good"]);
      expect(await peer("judge", key, request, first, third)).toEqual(["good", "BadSignature"]);
    }
  },
);

type Messages = [Uint8Array, Uint8Array, Uint8Array];

testWithDnspython("errors are what dnspython takes them for", async () => {
  const { request } = signed(KEY, now());
  const signers = [
    verified(request, keysWith(), now()),
    verified(request, keysWith(keyWith("hmac-sha256", { secret: "AAAA" })), now()),
    verified(request, keysWith(KEY), now() + 1000),
  ];
  const opinions = signers.map(async (signer) => peer("judge", KEY, request, response(signer!, NOTAUTH)));
  expect((await Promise.all(opinions)).flat()).toEqual(["PeerBadKey", "PeerBadSignature", "PeerBadTime"]);
});
