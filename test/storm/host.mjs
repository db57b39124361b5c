// Live targets on loopback addresses of their own, in a process that can be stopped, killed and started again. It is told
// what to be by its parent, acknowledges each order when it has taken effect, and ends with its parent.

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";

const STATUS = { good: 200, warning: 429, failing: 503 };
const HEARTBEAT = { good: "passing", warning: "warning", failing: "critical" };
const HEARTBEAT_TIMEOUT_MS = 3000;
const BACKLOG = 256;

/** By its address: a target's condition, and how it follows a new one. */
const targets = new Map();

process.on("disconnect", () => process.exit());
process.on("message", async ({ order, open = [], set = [] }) => {
  for (const target of open)
    targets.set(target.address, { ...target, condition: "closed", ...KINDS[target.kind](target.address) });
  await Promise.all(set.map(({ address, condition }) => turn(targets.get(address), condition)));
  process.send({ order });
});

const KINDS = {
  http: (address) =>
    listening(
      createHttpServer((_, response) => {
        const { condition } = targets.get(address);
        if (condition !== "hanging") response.writeHead(STATUS[condition] ?? 503).end(`${condition}\n`);
      }),
    ),
  tcp: (address) =>
    listening(
      createServer((socket) => {
        const { condition } = targets.get(address);
        socket.on("error", () => {});
        if (condition !== "hanging") socket.end(condition === "good" ? "ready\n" : "out of order\n");
      }),
    ),
  lease: () => ({
    open(target) {
      this.timer ??= setInterval(beat, target.beatMs, target);
    },
    // Whoever hangs says nothing either; `beat` knows.
    close() {
      clearInterval(this.timer);
      this.timer = undefined;
    },
  }),
};

async function turn(target, condition) {
  target.condition = condition;
  await (condition === "closed" ? target.close() : target.open(target));
}

function listening(server) {
  return {
    async open({ address, port }) {
      if (!server.listening) await once(server.listen(port, address, BACKLOG), "listening");
    },
    close: () => {
      // What is still connected is of no interest: a check brings a connection of its own.
      server.close();
      server.closeAllConnections?.();
    },
  };
}

async function beat({ url, condition }) {
  const state = HEARTBEAT[condition];
  if (state === undefined) return;
  const headers = { "content-type": "application/json" };
  const signal = AbortSignal.timeout(HEARTBEAT_TIMEOUT_MS);
  // A server that is stopped, and a registration that is gone, are part of the storm.
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ state }), signal }).catch(() => {});
  await answer?.arrayBuffer().catch(() => {});
}
