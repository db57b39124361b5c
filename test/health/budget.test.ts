import { expect, test } from "vitest";
import { Budget } from "../../src/health/budget.ts";
import { flush } from "./fake-clock.ts";

function jobs(budget: Budget) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const job = (name: string) => async () => {
    started.push(name);
    await new Promise<void>((resolve) => ends.set(name, resolve));
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await flush();
  };
  return { started, end, submit: (name: string) => budget.submit(job(name)), job };
}

test("no more tasks run at a time than the budget allows, and the others start in the order they came", async () => {
  const budget = new Budget(2);
  const { started, submit, end } = jobs(budget);
  for (const name of ["a", "b", "c", "d"]) submit(name);
  expect(started).toEqual(["a", "b"]);
  await end("b");
  expect(started).toEqual(["a", "b", "c"]);
  expect(budget.running).toBe(2);
  await end("a");
  expect(started).toEqual(["a", "b", "c", "d"]);
});

test("a task that is withdrawn while it waits is not started", async () => {
  const budget = new Budget(1);
  const { started, submit, end, job } = jobs(budget);
  const waiting = job("b");
  submit("a");
  budget.submit(waiting);
  submit("c");
  budget.withdraw(waiting);
  await end("a");
  expect(started).toEqual(["a", "c"]);
});

test("closing waits for what runs and starts nothing more", async () => {
  const budget = new Budget(1);
  const { started, submit, end } = jobs(budget);
  submit("a");
  submit("b");
  let isClosed = false;
  const closing = budget.close().then(() => {
    isClosed = true;
  });
  await flush();
  expect(isClosed).toBe(false);
  await end("a");
  await closing;
  expect(started).toEqual(["a"]);
});
