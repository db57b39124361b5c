#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import type { Io } from "./cli/io.ts";
import { run } from "./cli/run.ts";

const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  hostname: hostname(),
  fetch,
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
  onSignal: (signal, listener) => process.on(signal, listener),
  exit: (code) => process.exit(code),
};

// `muster services | head -1` closes the pipe before all is written; that is no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

// Loaded when called: a client command has no use for the server's modules.
process.exitCode = await run(process.argv.slice(2), io, {
  version,
  serve: async (options) => (await import("./serve.ts")).serve({ ...options, version }),
  openResponder: async (settings) => (await import("./offline.ts")).openResponder(settings),
  checkZones: async (paths, zone) => (await import("./check-zones.ts")).checkZones(paths, zone),
});
