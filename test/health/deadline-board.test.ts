import { expect, test } from "vitest";
import { Alarms } from "../../src/health/alarms.ts";
import { Deadline, DeadlineBoard } from "../../src/health/deadline-board.ts";
import { Deadlines, deadlinePlace } from "../../src/zone/deadlines.ts";
import { createFakeClock } from "./fake-clock.ts";

function board() {
  const clock = createFakeClock();
  const alarms = new Alarms(clock);
  const deadlines = new Deadlines();
  const made = new DeadlineBoard(deadlines, alarms);
  return {
    clock,
    deadlineIn: (deadline: Deadline, seconds: number) => made.set(deadline, alarms.nowMs() + seconds * 1000),
    withdraw: (deadline: Deadline) => made.set(deadline, Number.POSITIVE_INFINITY),
    prospect: (service: string) => made.prospect(service),
    left: (service: string) => deadlines.secondsLeft(deadlinePlace(service)),
  };
}

test("the earliest deadline of a service is shown at once, that it moved or went with the next tick", async () => {
  const { clock, deadlineIn, withdraw, left } = board();
  const [a, b] = [new Deadline("web", "lease"), new Deadline("web", "lease")];
  expect(left("web")).toBe(Number.POSITIVE_INFINITY);
  deadlineIn(a, 20.5);
  deadlineIn(b, 10.5);
  expect([left("web"), left("api")]).toEqual([10, Number.POSITIVE_INFINITY]);
  withdraw(b);
  expect(left("web")).toBe(10);
  await clock.advance(100);
  expect(left("web")).toBe(19);
  withdraw(a);
  await clock.advance(100);
  expect(left("web")).toBe(Number.POSITIVE_INFINITY);
});

test("less and less is left, and never more than there is, until it is over", async () => {
  const { clock, deadlineIn, left } = board();
  deadlineIn(new Deadline("web", "lease"), 3);
  const seen: number[] = [];
  for (let passedMs = 0; passedMs <= 5000; passedMs += 50, await clock.advance(50)) {
    const seconds = left("web");
    expect(seconds * 1000).toBeLessThanOrEqual(Math.max(0, 3000 - passedMs));
    seen.push(seconds);
  }
  expect([...new Set(seen)]).toEqual([2, 1, 0]);
});

test.each([
  // seconds until something ends, until a verdict may come, whole seconds left
  [20.5, 10.5, 10],
  [10.5, 20.5, 10],
  [20.5, 1.2, 1],
  [20.5, -5, 1],
  [2.6, 0.2, 1],
  [1.2, 0.2, 0],
  [0, 20.5, 0],
])(
  "with an end in %f s and a verdict in %f s there are %i s left: only an end leaves none",
  (end, verdict, seconds) => {
    const { deadlineIn, left } = board();
    deadlineIn(new Deadline("web", "lease"), end);
    deadlineIn(new Deadline("web", "verdict"), verdict);
    expect(left("web")).toBe(seconds);
  },
);

test("a deadline that comes after a long quiet is measured from now", async () => {
  const { clock, deadlineIn, withdraw, left } = board();
  const deadline = new Deadline("web", "lease");
  deadlineIn(deadline, 1);
  withdraw(deadline);
  await clock.advance(3_600_000);
  deadlineIn(deadline, 7.5);
  expect(left("web")).toBe(7);
});

test("a pause of the process moves deadlines with everything else that is waited for", async () => {
  const { clock, deadlineIn, left } = board();
  deadlineIn(new Deadline("web", "lease"), 10.5);
  clock.pause(60_000);
  await clock.advance(100);
  expect(left("web")).toBe(9);
});

test("any number of deadlines come and go, and the earliest is always shown", async () => {
  const { clock, deadlineIn, withdraw, left } = board();
  const all = Array.from({ length: 300 }, () => new Deadline("web", "lease"));
  const kept = new Map<number, number>();
  for (let step = 0; step < 1000; step++) {
    const index = (step * 7919) % all.length;
    if (step % 3 === 2) {
      withdraw(all[index]!);
      kept.delete(index);
    } else {
      const seconds = 1000 + ((step * 104_729) % 997);
      deadlineIn(all[index]!, seconds);
      kept.set(index, seconds);
    }
  }
  await clock.advance(100);
  expect(left("web")).toBe(Math.min(...kept.values()) - 1);
});

test.each([
  // seconds until a lease ends, until a verdict may come, what shortens the answers, to how many seconds
  [20.5, 10.5, "verdict", 10],
  [10.5, 20.5, "lease", 10],
])(
  "with a lease of %f s and a verdict in %f s it is known that the %s comes first",
  (lease, verdict, kind, seconds) => {
    const { deadlineIn, withdraw, prospect } = board();
    const both = [new Deadline("web", "lease"), new Deadline("web", "verdict")] as const;
    deadlineIn(both[0], lease);
    deadlineIn(both[1], verdict);
    expect(prospect("web")).toEqual({ kind, service: "web", seconds });
    for (const each of both) withdraw(each);
    expect(prospect("web")).toBeUndefined();
  },
);
