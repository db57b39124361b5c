import { expect, test } from "vitest";
import { Budget } from "../../src/health/budget.ts";
import { flush } from "./fake-clock.ts";

/** Tasks named after their target: `a1` and `a2` turn to the same one. */
function jobs(tasksMax: number, tasksPerTargetMax = tasksMax) {
  const budget = new Budget({ tasksMax, tasksPerTargetMax });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const tasks = new Map<string, () => Promise<void>>();
  const submit = (...names: string[]) => {
    for (const name of names) {
      const task = async () => {
        started.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
      };
      tasks.set(name, task);
      budget.submit(name[0]!, task);
    }
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await flush();
  };
  const withdraw = (name: string) => budget.withdraw(name[0]!, tasks.get(name)!);
  return { budget, started, submit, end, withdraw };
}

test("no more tasks run at a time than the budget allows, and the others start in the order they came", async () => {
  const { budget, started, submit, end } = jobs(2);
  submit("a", "b", "c", "d");
  expect(started).toEqual(["a", "b"]);
  await end("b");
  expect(started).toEqual(["a", "b", "c"]);
  expect([budget.running, budget.waiting]).toEqual([2, 1]);
  await end("a");
  expect(started).toEqual(["a", "b", "c", "d"]);
});

test("no more tasks turn to one target at a time than the budget allows, and the others do not wait for it", async () => {
  const { started, submit, end } = jobs(3, 2);
  submit("a1", "a2", "a3", "a4", "b1");
  expect(started).toEqual(["a1", "a2", "b1"]);
  await end("b1");
  expect(started).toEqual(["a1", "a2", "b1"]);
  await end("a2");
  expect(started).toEqual(["a1", "a2", "b1", "a3"]);
});

test("targets take turns when there is room for one", async () => {
  const { started, submit, end } = jobs(1, 9);
  submit("a1", "a2", "a3", "b1", "c1", "b2");
  for (const name of ["a1", "a2", "b1", "c1", "a3"]) await end(name);
  expect(started).toEqual(["a1", "a2", "b1", "c1", "a3", "b2"]);
});

test("a task that is withdrawn while it waits is not started", async () => {
  const { budget, started, submit, end, withdraw } = jobs(1);
  submit("a", "b", "c");
  withdraw("b");
  withdraw("a"); // runs already
  expect(budget.waiting).toBe(1);
  await end("a");
  expect(started).toEqual(["a", "c"]);
});

test("closing waits for what runs and starts nothing more", async () => {
  const { budget, started, submit, end } = jobs(1);
  submit("a1", "a2", "b");
  let isClosed = false;
  const closing = budget.close().then(() => {
    isClosed = true;
  });
  await flush();
  expect(isClosed).toBe(false);
  await end("a1");
  await closing;
  expect(started).toEqual(["a1"]);
});
