import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asker } from "./asking.ts";
import { startField } from "./contender.ts";
import { musterOf } from "./peers/muster.ts";
import { atCleanUp, makeDirectory } from "./processes.ts";
import { MIXES, type Mix } from "./queries.ts";
import type { Effort, Section } from "./report.ts";
import { cells, figure, inTurns } from "./rounds.ts";
import { TABLES, tableText } from "./table.ts";
import { measureUdp } from "./udp.ts";
import { perQuery, type UdpRun } from "./udp-sections.ts";

const HERE = fileURLToPath(new URL("../..", import.meta.url));
const CHANGING = ", changing";

/** Two versions of Muster in turns: what a query costs the second, in units of what it costs the first. `.` is this checkout. */
export async function benchAb([first, second]: readonly [string, string], effort: Effort): Promise<Section[]> {
  const layout = TABLES[0]!;
  const versions = [`A ${first}`, `B ${second}`] as const;
  const mains = [mainOf(first), mainOf(second)];
  const contenders = versions.flatMap((name, n) => [
    musterOf(name, mains[n]!, false),
    musterOf(name + CHANGING, mains[n]!, true),
  ]);
  const field = await startField(contenders, { layout, threads: 1, isPinned: true });
  const ask = asker(layout, contenders);
  const { rounds, seconds } = effort;
  const runs = await inTurns(rounds, Object.keys(MIXES), field, (server, mix) =>
    measureUdp(ask, server, mix as Mix, seconds),
  );
  await field.stop();
  const title = `UDP, ${tableText(layout)}: CPU per query`;
  const [a, b] = versions;
  const ratio = (name: string, base: string, column: string) => ({
    name,
    column,
    ...figure<UdpRun>(runs, { name, column, unit: "×", of: perQuery, base }),
  });
  return [
    {
      title: `${title}, ${b} ÷ ${a}`,
      figures: Object.keys(MIXES).flatMap((mix) => [ratio(b, a, mix), ratio(b + CHANGING, a + CHANGING, mix)]),
    },
    { title: `${title}, µs`, figures: cells(runs, field, { unit: "µs", of: perQuery }) },
  ];
}

/** Builds a version in a worktree of its own, with the packages of this checkout. Returns its program. */
function mainOf(ref: string): string {
  if (ref === ".") return join(HERE, "dist/main.js");
  const tree = join(makeDirectory(), "tree");
  run(HERE, "git", "worktree", "add", "--detach", tree, ref);
  atCleanUp(() => run(HERE, "git", "worktree", "remove", "--force", tree));
  symlinkSync(join(HERE, "node_modules"), join(tree, "node_modules"));
  run(tree, join(HERE, "node_modules/.bin/tsc"), "-p", "tsconfig.build.json");
  return join(tree, "dist/main.js");
}

function run(cwd: string, command: string, ...args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} must succeed: ${stdout}${stderr}`);
}
