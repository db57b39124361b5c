import { afterAll, expect, test } from "vitest";
import { cleanUp } from "../bench/processes.ts";
import type { Asked } from "../storm/asking.ts";
import { runPartition } from "../storm/partition.ts";
import { runPause } from "../storm/pause.ts";
import { runStorm } from "../storm/run.ts";

/** `PAUSE_SECONDS=60 npm run test:interop -- storm` is a longer one. */
const PAUSE_SECONDS = Number(process.env["PAUSE_SECONDS"] ?? 12);
const TIMEOUT_MS = 240_000 + PAUSE_SECONDS * 1000;
const WORKERS = 2;

afterAll(cleanUp);

test(
  "whatever happens to its targets, every answer is one that the rules give",
  async () => {
    const { asked, steps } = await runStorm({ targets: 60, seconds: 15, workers: WORKERS, seed: 1 });
    expectRight(asked);
    expect(steps).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  `a server that was stopped for ${PAUSE_SECONDS} s expires nobody, and notices who died meanwhile`,
  async () => {
    const { asked, expired } = await runPause(PAUSE_SECONDS, 1, WORKERS);
    expect(expired).toEqual([]);
    expectRight(asked);
  },
  TIMEOUT_MS,
);

test(
  "the answers of instances stay while the path to 60 % of them is cut, and the brake releases itself",
  async () => {
    const { asked, engaged } = await runPartition(1, WORKERS);
    expectRight(asked);
    const [before, during, after] = engaged as [number, number, number];
    expect([before, after]).toEqual([0, 0]);
    expect(during).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

function expectRight({ wrong, unanswered, certain }: Asked): void {
  expect(wrong).toEqual([]);
  expect(unanswered).toBe(0);
  expect(certain).toBeGreaterThan(0);
}
