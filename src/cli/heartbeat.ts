import { type Command, Option } from "commander";
import { type ApiCall, apiPath, callApi } from "./api-client.ts";
import { CommandError, EXIT, type Io, print, printJson, say } from "./io.ts";
import { toPeriod } from "./option-values.ts";
import { showProgress } from "./progress.ts";

interface HeartbeatOptions {
  readonly state?: string;
  readonly output?: string;
  readonly every?: number;
  readonly json?: true;
}

export function addHeartbeat(program: Command, io: Io): void {
  program
    .command("heartbeat")
    .description("renew the lease of an instance")
    .argument("<service>")
    .argument("<id>")
    .addOption(new Option("--state <state>", "how it feels").choices(["passing", "warning", "critical"]))
    .option("--output <text>", "why, for people")
    .option("--every <seconds>", "again and again until SIGINT or SIGTERM", toPeriod)
    .option("--json", "as JSON")
    .action((service: string, id: string, options: HeartbeatOptions) => heartbeat(io, service, id, options));
}

async function heartbeat(io: Io, service: string, id: string, options: HeartbeatOptions): Promise<void> {
  const { state, output, every } = options;
  const path = apiPath`/v1/services/${service}/instances/${id}/heartbeat`;
  const body = state === undefined && output === undefined ? undefined : { state, output };
  const call: ApiCall = { method: "POST", path, body, doing: `renew instance "${id}" of "${service}"` };
  if (every !== undefined) return beatUntilStopped(io, call, every * 1000);
  const answer = await callApi<object>(io, call);
  if (options.json) printJson(io, answer);
  else print(io, `${service}/${id} renewed`);
}

/** A server that is away comes back; an instance that is gone must register again, so that ends the loop. */
async function beatUntilStopped(io: Io, call: ApiCall, everyMs: number): Promise<void> {
  const stop = new AbortController();
  io.onSignal("SIGINT", () => stop.abort());
  io.onSignal("SIGTERM", () => stop.abort());
  for (let beats = 0; !stop.signal.aborted; await io.sleep(everyMs, stop.signal)) {
    try {
      await callApi(io, call);
      showProgress(io, `${++beats} heartbeats`);
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== EXIT.unreachable) throw error;
      showProgress(io, "");
      say(io, error.message);
    }
  }
  showProgress(io, "");
}
