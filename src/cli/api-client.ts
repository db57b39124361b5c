import { CommandError, EXIT, type Io } from "./io.ts";
import { type Tried, triedText } from "./tried.ts";

const DEFAULT_URL = "http://127.0.0.1:5380";

/** Said by a proxy, or by a server that is starting or stopping: trying again may help. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

export interface ApiCall {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** What is being done, fit behind "Cannot": `register instance "i-1" of "web"`. */
  readonly doing: string;
}

/** The part of RFC 9457's problem document that people are told. */
interface Problem extends Partial<Tried> {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
}

interface Fault {
  readonly path: string;
  readonly message: string;
}

/** Calls the API at MUSTER_URL and returns its JSON. Throws CommandError: unreachable, or failed with every faulty field. */
export async function callApi<T>(io: Io, { method, path, body, doing }: ApiCall): Promise<T> {
  const url = apiUrl(io, path);
  const headers = new Headers({ accept: "application/json" });
  if (body !== undefined) headers.set("content-type", "application/json");
  const token = io.env["MUSTER_TOKEN"];
  if (token) headers.set("authorization", `Bearer ${token}`);
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const { ok, status, text } = await exchange(io, url, init);
  const answer = parseJson(text);
  if (ok && answer !== undefined) return answer as T;
  const exitCode = AWAY.has(status) ? EXIT.unreachable : EXIT.failed;
  throw new CommandError(exitCode, problemText(doing, status, (answer ?? {}) as Problem));
}

/** A path of the API from its parts: apiPath`/v1/services/${service}`. Throws CommandError for a part that is no part. */
export function apiPath(literals: TemplateStringsArray, ...parts: readonly string[]): string {
  for (const part of parts) {
    // A URL swallows these even when they are percent-encoded, and the path would be another one.
    if (!/^\.{0,2}$/.test(part)) continue;
    throw new CommandError(EXIT.usage, `Cannot use a name as it must be one DNS label: got "${part}"`);
  }
  return String.raw({ raw: literals }, ...parts.map(encodeURIComponent));
}

/** A path of the API with query parameters, if there are any. */
export function withQuery(path: string, parameters: Readonly<Record<string, string>>): string {
  return Object.keys(parameters).length === 0 ? path : `${path}?${new URLSearchParams(parameters)}`;
}

async function exchange(io: Io, url: URL, init: RequestInit): Promise<{ ok: boolean; status: number; text: string }> {
  try {
    const response = await io.fetch(url, init);
    return { ok: response.ok, status: response.status, text: await response.text() };
  } catch (error) {
    const message = `Cannot reach ${url.origin} as ${reasonOf(error)}; MUSTER_URL says where the API is`;
    throw new CommandError(EXIT.unreachable, message);
  }
}

function apiUrl(io: Io, path: string): URL {
  const base = io.env["MUSTER_URL"] || DEFAULT_URL;
  if (!/^https?:/.test(base) || !URL.canParse(base)) {
    throw new CommandError(
      EXIT.usage,
      `Cannot use MUSTER_URL as it must be a URL such as ${DEFAULT_URL}: got "${base}"`,
    );
  }
  return new URL(base.replace(/\/+$/, "") + path);
}

function problemText(doing: string, status: number, { title, detail, errors = [], ...tried }: Problem): string {
  if (errors.length > 0) return errors.map((fault) => `Cannot ${doing} as ${faultText(fault)}`).join("\n");
  const hint = status === 401 ? "; MUSTER_TOKEN is where the token is looked for" : "";
  const effect = tried.instances === undefined ? "" : `\n${triedText(tried)}`;
  return (detail ?? `Cannot ${doing} as the server answered ${status} ${title ?? ""}`.trimEnd()) + hint + effect;
}

/** The path is a JSON pointer into what was sent (RFC 6901), or names a parameter. */
function faultText({ path, message }: Fault): string {
  return `${path.replace(/^\//, "").replaceAll("/", ".") || "the body"} ${message}`;
}

/** Undefined for what is no JSON: a proxy in the way answers HTML. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch says only "fetch failed"; the cause has the system's word. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string };
  if (cause?.code === "ECONNREFUSED") return "nothing listens there";
  return cause?.message ?? message;
}
