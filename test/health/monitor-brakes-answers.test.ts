import { expect, test } from "vitest";
import { Catalog } from "../../src/catalog/catalog.ts";
import { brakeKey } from "../../src/catalog/keys.ts";
import { answeredBy, rulingOf } from "../../src/catalog/rule.ts";
import { notesOf } from "../../src/catalog/ruling-notes.ts";
import { nothingTouched } from "../../src/catalog/touched.ts";
import { many, say } from "./brakes-world.ts";
import type { World } from "./world.ts";

const BRAKED = "0 of 6 instances of web pass: answering also 6 that fell at once (brake)";
const FAIL_OPEN = "no instance of web passes (0 of 6, 1 needed): answering all that ever did (failure policy all)";

/** Who is answered after each commit from now on, and what the answer says of it; once for what stays the same. */
function answersOf({ store }: World): string[] {
  const catalog = new Catalog();
  const answers: string[] = [];
  store.follow(null, (item) => {
    catalog.apply(item, nothingTouched());
    const ruling = rulingOf(catalog.services.get("web")!, undefined, catalog);
    const answer = `${[...answeredBy(ruling)].length} ${notesOf(ruling, 0).ede?.text ?? ruling.rule}`;
    if (answers.at(-1) !== answer) answers.push(answer);
  });
  return answers;
}

test("who fell all together stays in the answers before the brake, by it, and after it, and the EDE tells which", async () => {
  const world = await many(6);
  const answers = answersOf(world);
  await Promise.all(Array.from({ length: 6 }, (_, i) => world.monitor.heartbeat("web", `i-${i}`, "critical", "")));
  await world.clock.advance(0);
  await world.clock.advance(601_000);
  expect(answers.slice(-4)).toEqual(["1 up", `6 ${FAIL_OPEN}`, `6 ${BRAKED}`, `6 ${FAIL_OPEN}`]);
});

test("an operator's release drops nobody either", async () => {
  const world = await many(6);
  await say(world, "critical", 0, 6);
  const answers = answersOf(world);
  await world.clock.advance(0);
  await world.remove(brakeKey("web"));
  await world.clock.advance(120_000);
  expect(answers).toEqual([`6 ${BRAKED}`, `6 ${FAIL_OPEN}`]);
});
