import { execFile, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { typeNumber } from "../../src/dns/type-names.ts";
import { makeDirectory, onCore } from "./processes.ts";

/** How long answers took from the moment their queries were due, in microseconds. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** Of the queries sent, those without an answer. */
  readonly lostShare: number;
}

/** As many as load.c holds. */
const QUERIES_MAX = 50_000;
const UDP_OCTETS = 1232;

export type SteadyLoad = (port: number, queriesPerSecond: number, seconds: number) => Promise<Latency | string>;

/** Compiles load.c and prepares queries, given as `name TYPE`. Throws when it does not compile. */
export function steadyLoad(queries: readonly string[]): SteadyLoad {
  const directory = makeDirectory();
  const [program, file] = [join(directory, "load"), join(directory, "queries")];
  const source = fileURLToPath(new URL("load.c", import.meta.url));
  const { status, stderr } = spawnSync("cc", ["-O2", "-o", program, source], { encoding: "utf8" });
  if (status !== 0) throw new Error(`load.c must compile: ${stderr}`);
  writeFileSync(file, Buffer.concat(queries.slice(0, QUERIES_MAX).map(framed)));
  return async (port, queriesPerSecond, seconds) => {
    const [command, ...args] = onCore("load", [program, String(port), String(queriesPerSecond), String(seconds), file]);
    const { stdout } = await promisify(execFile)(command!, args);
    const [sent = 0, answered = 0, p50 = 0, p90 = 0, p99 = 0, max = 0] = stdout.split(" ").map(Number);
    return answered === 0 ? "answered nothing" : { p50, p90, p99, max, lostShare: 1 - answered / sent };
  };
}

/** The query as DNS over TCP has it: behind its length in two octets. */
function framed(line: string): Buffer {
  const [name = "", type = ""] = line.split(" ");
  const edns = { udpOctets: UDP_OCTETS };
  const query = encodeQuery({ id: 0, name: parseName(`${name}.`), type: typeNumber(type)!, edns });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  return Buffer.concat([length, query]);
}
