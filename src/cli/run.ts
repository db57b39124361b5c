import { AssertionError } from "node:assert";
import { Command, CommanderError } from "commander";
import { addAsk } from "./ask.ts";
import { addCheckZone } from "./check-zone.ts";
import { addConfig } from "./config.ts";
import { addDeregister } from "./deregister.ts";
import { addDrain } from "./drain.ts";
import { addExplain } from "./explain.ts";
import { addHeartbeat } from "./heartbeat.ts";
import { CommandError, EXIT, type Io, say } from "./io.ts";
import { addMaintenance } from "./maintenance.ts";
import type { Parts } from "./parts.ts";
import { addRegister } from "./register.ts";
import { addResolve } from "./resolve.ts";
import { addServe } from "./serve.ts";
import { addServices } from "./services.ts";
import { addSettings } from "./settings.ts";

/** Runs one command line (without node and script) and returns its exit code: 0 done, 1 failed, 2 usage, 3 unreachable. */
export async function run(argv: readonly string[], io: Io, parts: Parts): Promise<number> {
  const program = buildProgram(io, parts);
  try {
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: "user" });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (isBug(error)) throw error;
    say(io, (error as Error).message);
    return error instanceof CommandError ? error.exitCode : EXIT.failed;
  }
}

function buildProgram(io: Io, parts: Parts): Command {
  const program = new Command("muster")
    .description("Authoritative DNS server for service discovery: register over HTTP, discover through any DNS client")
    .version(parts.version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .addHelpText(
      "after",
      "\nMUSTER_URL and MUSTER_TOKEN tell the commands where the API is and how to enter." +
        "\nExit codes: 0 done, 1 failed or not found, 2 usage, 3 server unreachable.",
    );
  addServe(program, io, parts);
  addAsk(program, io, parts);
  addResolve(program, io);
  addExplain(program, io);
  addServices(program, io);
  addRegister(program, io);
  addDeregister(program, io);
  addDrain(program, io);
  addMaintenance(program, io);
  addHeartbeat(program, io);
  addConfig(program, io);
  addCheckZone(program, io, parts);
  addSettings(program, io);
  return program;
}

/** What the language or an assertion throws is our bug and keeps its stack; every other error is worded for people. */
function isBug(error: unknown): boolean {
  return !(error instanceof Error) || BUGS.some((kind) => error instanceof kind);
}

const BUGS = [AssertionError, TypeError, RangeError, ReferenceError, SyntaxError];
