import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function muster(...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--import", "tsx", root("src/main.ts"), ...argv],
      { env: { PATH: process.env["PATH"] } },
      (_, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

test("the program tells the package's version", async () => {
  const { version } = JSON.parse(readFileSync(root("package.json"), "utf8")) as { version: string };
  expect(await muster("--version")).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
});

test("the exit code is the command's", async () => {
  expect(await muster("nonsense")).toMatchObject({ exitCode: 2, stdout: "" });
});
