import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanUp, firstLine, makeDirectory, start } from "../bench/processes.ts";
import { Broken } from "./target.ts";
import { attackWire, isAlarm, WIRE_SETTINGS, WIRE_ZONE, type WireOptions } from "./wire.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

interface ReadyLine {
  readonly dns: readonly string[];
  readonly http: string;
}

/** Starts the built server, attacks it and ends it. Throws Broken also for an error that it logged. */
export async function attackBuiltServer(options: WireOptions): Promise<void> {
  const directory = makeDirectory();
  const zones = join(directory, "zones");
  mkdirSync(zones);
  writeFileSync(join(zones, "fuzz.zone"), WIRE_ZONE);
  const running = start([process.execPath, MAIN, "serve"], {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MUSTER_"))),
    ...WIRE_SETTINGS,
    MUSTER_DNS_LISTEN: "127.0.0.1:0",
    MUSTER_HTTP_LISTEN: "127.0.0.1:0",
    MUSTER_DATA_DIR: join(directory, "data"),
    MUSTER_ZONES_DIR: zones,
    MUSTER_LOG_FORMAT: "json",
    MUSTER_LAME_DUCK_SECONDS: "0",
  });
  const alarms: string[] = [];
  running.log.on("line", (line) => {
    if (isAlarm(line)) alarms.push(line);
  });
  try {
    const ready = await firstLine(running.log, readyLine);
    const [address = "", port = ""] = ready.dns[0]?.split(":") ?? [];
    await attackWire({ address, port: Number(port), url: `http://${ready.http}` }, options);
    if (alarms.length > 0) throw new Broken(`must log no error: got\n${alarms.slice(0, 20).join("\n")}`);
  } finally {
    await cleanUp();
  }
}

function readyLine(line: string): ReadyLine | undefined {
  return isAlarm(line) || !line.includes('"msg":"ready"') ? undefined : (JSON.parse(line) as ReadyLine);
}
