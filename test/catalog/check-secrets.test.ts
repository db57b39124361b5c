import { expect, test } from "vitest";
import type { Check } from "../../src/catalog/check.ts";
import { masked, secretTexts, withoutSecrets } from "../../src/catalog/check-secrets.ts";
import { readChecks } from "../../src/catalog/checks.ts";
import type { Fault } from "../../src/catalog/fields.ts";
import { selfSigned } from "../health/self-signed.ts";

const { cert: certificate, key } = selfSigned("client");
const TIMING = { intervalSeconds: 10, timeoutSeconds: 5, passAfter: 1, failAfter: 2 };
const SECRETIVE: Check = {
  kind: "http",
  url: "https://user:hunter2@a.test/health?token=t0ken",
  headers: { accept: "text/plain", authorization: "Bearer abcdef", "x-key": "k-e-y" },
  tls: { certificate, key },
  ...TIMING,
};

function read(checks: unknown, known: readonly Check[]) {
  const faults: Fault[] = [];
  const read = readChecks({ values: { checks }, path: "", faults }, { hasPort: true, allowsExec: false }, known);
  return { checks: read, faults: faults.map(({ path, message }) => `${path} ${message}`) };
}

test("a check is shown without header values, the client's key and the URL's password", () => {
  expect(masked(SECRETIVE)).toEqual({
    ...SECRETIVE,
    url: "https://user:***@a.test/health?token=t0ken",
    headers: { accept: "text/plain", authorization: "***", "x-key": "***" },
    tls: { certificate, key: "***" },
  });
});

test("a check without secrets is shown as it is", () => {
  const check: Check = { kind: "tcp", send: "x", ...TIMING };
  expect(masked(check)).toEqual(check);
});

test("a check put back as it was shown is the check it was", () => {
  expect(read([masked(SECRETIVE)], [{ kind: "tcp", ...TIMING }, SECRETIVE])).toEqual({
    checks: [SECRETIVE],
    faults: [],
  });
});

test("a check that changed must be given with its secrets", () => {
  expect(read([{ ...masked(SECRETIVE), redirects: 1 }], [SECRETIVE]).faults).toEqual([
    '/checks/0 must be given with its secrets: "***" stands for those of a check that stays the same',
  ]);
});

test("an echo of what was asked shows no secret of it", () => {
  const echo =
    "GET /health?token=t0ken Authorization: Bearer abcdef, abcdef; X-Key: k-e-y; hunter2; Accept: text/plain";
  expect(withoutSecrets(echo, secretTexts(SECRETIVE))).toBe(
    "GET /health?*** Authorization: ***, ***; X-Key: ***; ***; Accept: text/plain",
  );
});
