import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import { authority, type CheckOf, cut, failureOf, type Probe, type ProbeResult, type Target } from "./probe.ts";

/** How much of a body is read in search of its first line. */
const BODY_CHARACTERS_MAX = 4096;

/** GETs a URL: 2xx passes, 429 (the instance is busy, and says so itself) warns, all else fails. Follows no redirect. */
export const probeHttp: Probe<CheckOf<"http">> = async (target, signal) => {
  const { check } = target;
  const url = urlOf(target);
  if (url === undefined)
    return { kind: "failing", asked: check.url, reason: "URL is a path, and the instance has no port" };
  // Reasons are published: neither credentials nor a query, which may hold a token, are shown.
  const asked = url.origin + url.pathname;
  try {
    return await get(url, asked, signal);
  } catch (error) {
    return { kind: "failing", asked, reason: failureOf(error, check, signal) };
  }
};

function urlOf({ check, host, port }: Target<CheckOf<"http">>): URL | undefined {
  if (!check.url.startsWith("/")) return new URL(check.url);
  return port === undefined ? undefined : new URL(`http://${authority(host, port)}${check.url}`);
}

async function get(url: URL, asked: string, signal: AbortSignal): Promise<ProbeResult> {
  const startedMs = performance.now();
  const { request } = url.protocol === "https:" ? https : http;
  // A connection for each probe: an instance that takes no new one must not look well over an old one.
  const asking = request(url, { agent: false, signal, headers: { "user-agent": "muster", accept: "*/*" } });
  // Heard below until the answer begins, and through its body then.
  asking.on("error", () => {}).end();
  try {
    const [answer] = (await once(asking, "response")) as [http.IncomingMessage];
    const output = await outputOf(answer);
    return judge(answer.statusCode ?? 0, asked, output, performance.now() - startedMs);
  } finally {
    asking.destroy();
  }
}

function judge(status: number, asked: string, output: string, latencyMs: number): ProbeResult {
  if (status >= 200 && status < 300) return { kind: "passing", asked, output, latencyMs };
  if (status === 429) return { kind: "warning", asked, output, latencyMs };
  return { kind: "failing", asked, reason: output };
}

/** `HTTP 503 Service Unavailable: ` and the body's first line, or where a redirect would lead. */
async function outputOf(answer: http.IncomingMessage): Promise<string> {
  const { statusCode = 0, headers } = answer;
  const status = `HTTP ${statusCode} ${http.STATUS_CODES[statusCode] ?? ""}`.trimEnd();
  const line = await firstLine(answer);
  const location = statusCode >= 300 && statusCode < 400 ? headers.location : undefined;
  const detail = location === undefined ? line : `redirects to ${location.replace(/\?.*/, "")}, not followed`;
  return cut(detail === "" ? status : `${status}: ${detail}`);
}

/** The first line that is not empty, within the first 4096 characters. */
async function firstLine(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text = (text + decoder.decode(chunk, { stream: true })).trimStart().slice(0, BODY_CHARACTERS_MAX);
    if (text.length === BODY_CHARACTERS_MAX || text.includes("\n")) break;
  }
  return (text.split(/[\r\n]/, 1)[0] ?? "").trimEnd();
}
