import { STATUS_CODES } from "node:http";
import { createContext, Script } from "node:vm";
import type { BodyExpectation, HttpCheck } from "../catalog/check.ts";
import { statusRange } from "../catalog/http-check.ts";
import { firstLine } from "./cut.ts";
import type { HttpAnswer } from "./http-exchange.ts";
import type { Finding } from "./probe.ts";

/** A pattern that tries longer is stopped: it would hold up everybody's answers. */
const PATTERN_MS_MAX = 20;

/** Expected status and body pass; 429 warns, as the instance is busy and says so itself; all else fails. */
export function judge(answer: HttpAnswer, { expectStatus = ["200-299"], expectBody }: HttpCheck): Finding {
  const { status, body } = answer;
  const output = outputOf(answer);
  const isExpected = expectStatus.map(statusRange).some((range) => range && status >= range[0] && status <= range[1]);
  if (!isExpected) return { kind: status === 429 ? "warning" : "failing", output };
  const fault = expectBody === undefined ? undefined : faultOf(body, expectBody);
  return fault === undefined
    ? { kind: "passing", output }
    : { kind: "failing", output: `${statusText(status)}: ${fault}` };
}

/** `HTTP 503 Service Unavailable: ` and the body's first line, or where a redirect would lead. */
function outputOf({ status, location, body }: HttpAnswer): string {
  const isRedirect = status >= 300 && status < 400 && location !== undefined;
  const detail = isRedirect ? `redirects to ${location.replace(/\?.*/, "")}, not followed` : firstLine(body);
  return detail === "" ? statusText(status) : `${statusText(status)}: ${detail}`;
}

function statusText(status: number): string {
  return `HTTP ${status} ${STATUS_CODES[status] ?? ""}`.trimEnd();
}

/** Why a body is not as expected, or undefined when it is. */
function faultOf(body: string, expectation: BodyExpectation): string | undefined {
  if ("text" in expectation)
    return body.includes(expectation.text) ? undefined : `body does not contain ${quoted(expectation.text)}`;
  if ("pattern" in expectation) return patternFault(body, expectation.pattern);
  return pointerFault(body, expectation);
}

function patternFault(body: string, pattern: string): string | undefined {
  try {
    return matches(pattern, body) ? undefined : `body does not match ${quoted(pattern)}`;
  } catch {
    return `matching ${quoted(pattern)} took more than ${PATTERN_MS_MAX} ms`;
  }
}

const sandbox = createContext({ pattern: "", text: "" });
const matching = new Script("new RegExp(pattern).test(text)");

/** In a context of its own, since only there a time limit holds for regular expressions too. Throws when it is reached. */
function matches(pattern: string, text: string): boolean {
  Object.assign(sandbox, { pattern, text });
  return matching.runInContext(sandbox, { timeout: PATTERN_MS_MAX });
}

function pointerFault(body: string, { pointer, equals }: Extract<BodyExpectation, { pointer: string }>) {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return "body is not JSON";
  }
  for (const member of pointer.split("/").slice(1)) {
    const name = member.replaceAll("~1", "/").replaceAll("~0", "~");
    const isThere = typeof value === "object" && value !== null && Object.hasOwn(value, name);
    value = isThere ? (value as Record<string, unknown>)[name] : undefined;
  }
  if (value === undefined) return `body has nothing at ${quoted(pointer)}`;
  if (equals === undefined || value === equals) return undefined;
  return `body has ${JSON.stringify(value)} at ${quoted(pointer)}, expected ${JSON.stringify(equals)}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
