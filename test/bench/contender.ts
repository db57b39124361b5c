import { createSocket } from "node:dgram";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeQuery } from "../../src/dns/message.ts";
import { parseName } from "../../src/dns/name.ts";
import { TYPE } from "../../src/dns/numbers.ts";
import type { Churner } from "./churn.ts";
import { makeDirectory, onCore, type Running, start } from "./processes.ts";
import { type Naming, OUR_NAMES } from "./queries.ts";
import type { Layout } from "./table.ts";

/** A server that answers the table, or only echoes what it is sent. */
export interface Contender {
  readonly name: string;
  /** What it calls the things in the table, if not as we do. */
  readonly names?: Naming;
  /** It answers nothing, so its answers are not looked at. */
  readonly isEcho?: boolean;
  /** A string says why it cannot be had here. */
  start(place: Place): Promise<DnsServer | string>;
}

/** What a contender is given. */
export interface Place {
  readonly directory: string;
  readonly layout: Layout;
  /** Threads or processes that answer, as far as it lets one choose. */
  readonly threads: number;
  readonly isPinned: boolean;
  /** Files in PEM; where there are any, it answers over TLS too, if it can. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string };
}

export interface DnsServer extends Running {
  readonly port: number;
  readonly tlsPort?: number;
  /** Changes the table while queries are asked. */
  readonly churner?: Churner;
}

/** A contender's server. */
export interface Opponent extends DnsServer {
  readonly contender: Contender;
}

/** Contenders that run, and why others do not. */
export interface Field {
  readonly servers: ReadonlyMap<string, Opponent>;
  readonly missing: Map<string, string>;
  stop(): Promise<void>;
}

export async function startField(contenders: readonly Contender[], place: Omit<Place, "directory">): Promise<Field> {
  const directory = makeDirectory();
  const servers = new Map<string, Opponent>();
  const missing = new Map<string, string>();
  for (const contender of contenders) {
    const own = join(directory, contender.name.replaceAll(/[^A-Za-z0-9]+/g, "-"));
    mkdirSync(own);
    const server = await contender.start({ ...place, directory: own });
    if (typeof server === "string") missing.set(contender.name, server);
    else servers.set(contender.name, { ...server, contender });
  }
  const stop = async () => {
    for (const { churner, stop: stopServer } of servers.values()) {
      churner?.stop();
      await stopServer();
    }
  };
  return { servers, missing, stop };
}

/** Writes a file into a place and returns its path. */
export function writeInto({ directory }: Place, name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

/** The path of a file of a place, quoted as all the configurations here take it. */
export function quoted({ directory }: Place, name = ""): string {
  return JSON.stringify(join(directory, name));
}

const READY_TIMEOUT_MS = 60_000;

interface Startup {
  readonly names?: Naming;
  /** Fills the table of a server that is not given it as a file. */
  fill?(): Promise<void>;
}

/** Starts a server and asks for the table's first instance until it answers with NOERROR. */
export async function startDns(
  place: Place,
  port: number,
  argv: readonly string[],
  { names = OUR_NAMES, fill }: Startup = {},
): Promise<DnsServer> {
  const running = start(onCore(place.isPinned ? "server" : "any", argv));
  await fill?.();
  await answering(running, port, names.instance(0, 0));
  return { ...running, port };
}

async function answering(running: Running, port: number, name: string): Promise<void> {
  const socket = createSocket("udp4");
  const answered = new Promise<true>((resolve) =>
    socket.on("message", ([, , , flags]) => (flags! & 15) === 0 && resolve(true)),
  );
  const query = encodeQuery({ id: 1, name: parseName(`${name}.`), type: TYPE.A });
  try {
    for (const endMs = performance.now() + READY_TIMEOUT_MS; performance.now() < endMs; ) {
      socket.send(query, port, "127.0.0.1");
      if (await Promise.race([answered, sleep(50)])) return;
    }
  } finally {
    socket.close();
  }
  await running.stop();
  throw new Error(`The server on port ${port} did not answer ${name} within ${READY_TIMEOUT_MS} ms`);
}
