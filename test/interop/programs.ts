import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "vitest";

/** Where Debian keeps servers; not always in the path of a user. */
const DIRECTORIES = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/** The file of an installed program, or undefined. */
export function programFile(program: string): string | undefined {
  return DIRECTORIES.map((directory) => join(directory, program)).find(isExecutable);
}

/** `test`, or where one of the programs is missing a test that is skipped and says so. */
export function testWith(...programs: string[]): (name: string, body: () => Promise<void>) => void {
  const missing = programs.filter((program) => programFile(program) === undefined);
  return missing.length === 0 ? testWhere(undefined) : testWhere(`not installed: ${missing.join(", ")}`);
}

/** `test`, or with an obstacle a test that is skipped for that reason. */
export function testWhere(obstacle: string | undefined): (name: string, body: () => Promise<void>) => void {
  if (obstacle === undefined) return (name, body) => test(name, body);
  return (name) => test(name, ({ skip }) => skip(obstacle));
}

/** Why no process can be given an /etc/resolv.conf of its own here, or undefined when it can. */
export function mountObstacle(): string | undefined {
  const { status } = spawnSync("unshare", ["--mount", "true"], { stdio: "ignore" });
  return status === 0 ? undefined : "needs root and unshare(1) for a private /etc/resolv.conf";
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
