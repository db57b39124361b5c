import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What checks.ts has its server look at, in a process of its own: tells its port, and when asked what it saw each second. */
let startMs = performance.now();
let perSecond: number[] = [];

const server = createServer((_, answer) => {
  const second = Math.floor((performance.now() - startMs) / 1000);
  perSecond[second] = (perSecond[second] ?? 0) + 1;
  answer.end("ok\n");
});
server.listen(0, "0.0.0.0", 8192, () => process.send?.((server.address() as AddressInfo).port));

process.on("message", () => {
  process.send?.(Array.from(perSecond, (count = 0) => count));
  startMs = performance.now();
  perSecond = [];
});
