import type { Command } from "commander";
import { type Io, say } from "./io.ts";
import type { Parts } from "./parts.ts";
import { addSettingsFlags, settingsOf } from "./settings-flags.ts";

export function addServe(program: Command, io: Io, parts: Parts): void {
  const command = program
    .command("serve")
    .description("run the server until SIGTERM or SIGINT; SIGHUP reads zones and settings again");
  addSettingsFlags(command).action(() => serveUntilStopped(command, io, parts));
}

async function serveUntilStopped(command: Command, io: Io, parts: Parts): Promise<void> {
  const reread = () => settingsOf(command, io).settings;
  const settings = reread();
  // Before the start, so that a stop during it is not lost: the server then closes as soon as it stands.
  const stopped = stopRequested(io);
  const server = await parts.serve({ settings, reread });
  io.onSignal("SIGHUP", () => {
    server.reload().catch((error: Error) => say(io, `Cannot reload: ${error.message}`));
  });
  await stopped;
  await server.close();
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once. */
function stopRequested(io: Io): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = () => {
      if (isStopping) io.exit(1);
      isStopping = true;
      resolve();
    };
    io.onSignal("SIGTERM", stop);
    io.onSignal("SIGINT", stop);
  });
}
