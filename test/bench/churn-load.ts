import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { instancePath, send } from "./muster.ts";
import { addressOf, instanceCount, type Layout, META, PORT } from "./table.ts";

/** What changes: each change moves one instance of the table to another address, as a rolling restart does. */
export interface Churn {
  readonly url: string;
  readonly layout: Layout;
  readonly changesPerSecond: number;
}

export interface Churned {
  readonly changes: number;
  readonly seconds: number;
}

/** About one publication's worth of changes is sent at once. */
const BATCH_EVERY_MS = 5;
const BATCH_CHANGES_MAX = 1000;
const STRIDE = 7919;
/** Where the addresses begin that no instance had at first. */
const MOVED = 1 << 23;

let isWanted = false;
let change = 0;

/** The driver of churn.ts, in a process of its own: a Churn begins it, "stop" ends it and is answered with a Churned. */
process.on("message", (message: Churn | "stop") => {
  if (message === "stop") isWanted = false;
  else void run(message).then((churned) => process.send?.(churned));
});

async function run({ url, layout, changesPerSecond }: Churn): Promise<Churned> {
  const http = new Pool(url, { connections: 1 });
  const startMs = performance.now();
  const elapsed = () => (performance.now() - startMs) / 1000;
  let changes = 0;
  for (isWanted = true; isWanted; await sleep(BATCH_EVERY_MS)) {
    const due = Math.min(Math.floor(elapsed() * changesPerSecond) - changes, BATCH_CHANGES_MAX);
    if (due === 0) continue;
    await send(http, "POST", "/v1/batch", { writes: Array.from({ length: due }, () => nextWrite(layout)) });
    changes += due;
  }
  const churned = { changes, seconds: elapsed() };
  await http.close();
  return churned;
}

function nextWrite(layout: Layout): object {
  const n = (++change * STRIDE) % instanceCount(layout);
  return {
    method: "PUT",
    path: instancePath(n % layout.services, Math.floor(n / layout.services)),
    body: { address: addressOf(MOVED + (change % MOVED)), port: PORT, meta: META },
  };
}
