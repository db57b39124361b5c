import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { EXAMPLE_ZONES, startMuster } from "./muster.ts";
import { testWith } from "./programs.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Step {
  readonly command: string;
  /** Lines as the README shows them; "…" stands for anything. */
  readonly output: readonly string[];
}

testWith("curl", "dig")("every line of the README's tour does what stands below it", async () => {
  const muster = await startMuster({ MUSTER_ZONES_DIR: EXAMPLE_ZONES });
  const steps = stepsOf(readFileSync(`${ROOT}/README.md`, "utf8"));
  expect(steps.length).toBeGreaterThan(10);
  for (const { command, output } of steps) {
    const here = command
      .replaceAll("localhost:5380", muster.url.replace("http://", ""))
      .replaceAll("@127.0.0.1 -p 5300", `@${muster.address} -p ${muster.port}`)
      .replaceAll("--server 127.0.0.1:5300", `--server ${muster.address}:${muster.port}`)
      .replaceAll("npx muster", `${process.execPath} ${ROOT}/dist/main.js`);
    const env = { ...process.env, MUSTER_URL: muster.url };
    const { stdout } = spawnSync("bash", ["-c", here], { cwd: ROOT, env, encoding: "utf8" });
    expect(stdout.trimEnd().split("\n"), command).toEqual(output.map(expected));
  }
});

/** The `$ command` lines of the console blocks, each with the lines that follow it. */
function stepsOf(readme: string): Step[] {
  const blocks = [...readme.matchAll(/```console\n(.*?)```/gs)].map(([, block]) => block!);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = "", ...output] = step.trimEnd().split("\n");
        return { command, output };
      }),
  );
}

function expected(line: string): unknown {
  if (!line.includes("…")) return line;
  const parts = line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return expect.stringMatching(new RegExp(`^${parts.join(".*")}$`));
}
