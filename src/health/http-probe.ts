import type { CheckOf, HttpCheck } from "../catalog/check.ts";
import { secretTexts, withoutSecrets } from "../catalog/check-secrets.ts";
import { exchange, type HttpAnswer, type HttpRequest } from "./http-exchange.ts";
import { judge } from "./http-verdict.ts";
import { authority, type Probe, probing, type Target } from "./probe.ts";

/** Asks a URL and judges the answer. Follows as many redirects as the check allows: none by default. */
export const probeHttp: Probe<CheckOf<"http">> = async (target, signal) => {
  const { check } = target;
  const url = urlOf(target);
  if (url === undefined)
    return { kind: "failing", asked: check.url, reason: "URL is a path, and the instance has no port" };
  // What was asked is published: neither credentials nor a query, which may hold a token, are shown.
  return probing(url.origin + url.pathname, check, signal, async () => {
    const { kind, output } = judge(await follow(url, check, signal), check);
    return { kind, output: withoutSecrets(output, secretTexts(check)) };
  });
};

function urlOf({ check: { url, tls }, host, port }: Target<CheckOf<"http">>): URL | undefined {
  if (!url.startsWith("/")) return new URL(url);
  const scheme = tls === undefined ? "http" : "https";
  return port === undefined ? undefined : new URL(`${scheme}://${authority(host, port)}${url}`);
}

/** The last answer: one that redirects no further, or may not. */
async function follow(url: URL, check: HttpCheck, signal: AbortSignal): Promise<HttpAnswer> {
  const { method = "GET", headers = {}, body, redirects = 0, expectBody } = check;
  const enough = expectBody === undefined ? "first line" : "whole body";
  let request: HttpRequest = { url, method, headers, body };
  for (let left = redirects; ; left--) {
    const answer = await exchange(request, check, enough, signal);
    const next = left > 0 ? redirected(request, answer) : undefined;
    if (next === undefined) return answer;
    request = next;
  }
}

/** What a redirect asks for (RFC 9110 §15.4); undefined when the answer is none that can be followed. */
function redirected({ url, method, headers, body }: HttpRequest, answer: HttpAnswer): HttpRequest | undefined {
  const { status, location } = answer;
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined || !URL.canParse(location, url.href))
    return;
  const next = new URL(location, url);
  if (next.protocol !== "http:" && next.protocol !== "https:") return undefined;
  // Credentials are for the origin they were written for.
  const kept = next.origin === url.origin ? headers : {};
  const isSame = status === 307 || status === 308 || method === "GET" || method === "HEAD";
  return isSame
    ? { url: next, method, headers: kept, body }
    : { url: next, method: "GET", headers: kept, body: undefined };
}
