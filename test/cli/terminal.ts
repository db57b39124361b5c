import type { Io } from "../../src/cli/io.ts";
import type { Parts } from "../../src/cli/parts.ts";
import { run } from "../../src/cli/run.ts";

interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly token: string | null;
  readonly body: unknown;
}

interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  /** The request finds nobody. */
  readonly fails?: Error;
}

interface Setup {
  readonly env?: Record<string, string>;
  /** In order; the last one again and again. */
  readonly replies?: readonly Reply[];
  readonly parts?: Partial<Parts>;
  readonly isTTY?: boolean;
  /** Called instead of sleeping. */
  readonly onSleep?: (ms: number, terminal: Terminal) => void;
}

export interface Terminal {
  stdout: string;
  stderr: string;
  readonly requests: SentRequest[];
  readonly exits: number[];
  run(...argv: string[]): Promise<number>;
  send(signal: string): void;
}

/** A command line without a process: what a command reads and writes is an argument, and so is the server. */
export function terminal({
  env = {},
  replies = [{ json: {} }],
  parts = {},
  isTTY = false,
  onSleep,
}: Setup = {}): Terminal {
  const listeners = new Map<string, () => void>();
  const it: Terminal = {
    stdout: "",
    stderr: "",
    requests: [],
    exits: [],
    run: (...argv) => run(argv, io, { ...NO_PARTS, ...parts }),
    send: (signal) => listeners.get(signal)?.(),
  };
  const io: Io = {
    stdout: { write: (text) => (it.stdout += text) },
    stderr: { write: (text) => (it.stderr += text), isTTY },
    env,
    hostname: "Build-7.example.org",
    fetch: async (input, init) => {
      const reply = replies[Math.min(it.requests.length, replies.length - 1)]!;
      it.requests.push(await requestOf(new Request(input as URL, init)));
      if (reply.fails) throw reply.fails;
      return new Response(reply.text ?? JSON.stringify(reply.json), { status: reply.status ?? 200 });
    },
    sleep: async (ms) => onSleep?.(ms, it),
    onSignal: (signal, listener) => listeners.set(signal, listener),
    exit: (code) => it.exits.push(code),
  };
  return it;
}

/** What fetch rejects with where nothing listens. */
export function refused(): Error {
  return new TypeError("fetch failed", { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) });
}

async function requestOf(request: Request): Promise<SentRequest> {
  const text = await request.text();
  const { pathname, search } = new URL(request.url);
  return {
    method: request.method,
    url: pathname + search,
    token: request.headers.get("authorization"),
    body: text === "" ? undefined : JSON.parse(text),
  };
}

function missing(): never {
  throw new Error("This test hands over no such part");
}

const NO_PARTS: Parts = { version: "1.2.3", serve: missing, openResponder: missing, checkZones: missing };
