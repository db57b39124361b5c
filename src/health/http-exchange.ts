import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import type { HttpCheck } from "../catalog/check.ts";
import { tlsOptionsOf } from "./tls-options.ts";

/** How much of a body is read, in characters. */
const BODY_CHARACTERS_MAX = 65_536;

export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly location: string | undefined;
  /** As much as was asked for of its first 65 536 characters. */
  readonly body: string;
}

/** Sends one request and reads the answer to its end, or to the end of its first line when that is `enough`. */
export async function exchange(
  { url, method, headers, body }: HttpRequest,
  { tls }: HttpCheck,
  enough: "first line" | "whole body",
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { request } = url.protocol === "https:" ? https : http;
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const allHeaders = { "user-agent": "muster", accept: "*/*", ...headers, ...length };
  // A connection for each probe: an instance that takes no new one must not look well over an old one.
  const asking = request(url, { agent: false, signal, method, headers: allHeaders, ...tlsOptionsOf(tls) });
  // Heard below until the answer begins, and through its body then.
  asking.on("error", () => {}).end(body);
  try {
    const [answer] = (await once(asking, "response")) as [http.IncomingMessage];
    const { statusCode: status = 0, headers: answered } = answer;
    return { status, location: answered.location, body: await read(answer, enough === "first line") };
  } finally {
    asking.destroy();
  }
}

async function read(body: AsyncIterable<Uint8Array>, isLineEnough: boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= BODY_CHARACTERS_MAX || (isLineEnough && /\S.*[\r\n]/.test(text))) break;
  }
  return text.slice(0, BODY_CHARACTERS_MAX);
}
