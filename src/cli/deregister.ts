import type { Command } from "commander";
import { apiPath, callApi } from "./api-client.ts";
import { type Io, print, printJson } from "./io.ts";
import { withProgress } from "./progress.ts";

export function addDeregister(program: Command, io: Io): void {
  program
    .command("deregister")
    .description("take an instance out for good")
    .argument("<service>")
    .argument("<id>")
    .option("--drain", "out of DNS first; then wait until no resolver can still hold it")
    .option("--json", "as JSON")
    .action(async (service: string, id: string, { drain, json }: { drain?: true; json?: true }) => {
      const path = apiPath`/v1/services/${service}/instances/${id}` + (drain ? "?drain=true" : "");
      const doing = `deregister instance "${id}" of "${service}"`;
      const call = callApi<{ revision: number }>(io, { method: "DELETE", path, doing });
      const { revision } = drain ? await withProgress(io, `draining ${service}/${id}`, call) : await call;
      if (json) printJson(io, { service, id, revision });
      else print(io, `${service}/${id} deregistered at revision ${revision}`);
    });
}
