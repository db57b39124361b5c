import { expect, onTestFinished, test } from "vitest";
import { cleanUp } from "../bench/processes.ts";
import { soak } from "./run.ts";

test("every answer is one that the changes so far allow, whichever worker gives it", async () => {
  onTestFinished(cleanUp);
  const { asked, changes, samples } = await soak({ seconds: 8, workers: 2, seed: 1, sampleSeconds: 2 });
  expect(asked.wrong).toEqual([]);
  expect(asked.unanswered).toBe(0);
  expect(changes).toBeGreaterThan(0);
  expect(asked.answered).toBeGreaterThan(0);
  const [first, last] = [samples[0]!, samples.at(-1)!];
  expect(last.fds).toBeLessThanOrEqual(first.fds);
});
