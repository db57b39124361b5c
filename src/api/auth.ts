import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { Problem } from "./problems.ts";

/** Lets only requests with this bearer token (RFC 6750 §2.1) through to the routes of `guarded`; all, without one. */
export function requireToken(guarded: FastifyInstance, token: string | undefined): void {
  if (token === undefined) return;
  const expected = digest(token);
  guarded.addHook("onRequest", async (request, reply) => {
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1];
    // Digests have one length, so the comparison takes one time, whatever was given.
    if (timingSafeEqual(digest(given ?? ""), expected) && given !== undefined) return;
    const error = given === undefined ? "" : ', error="invalid_token"';
    reply.header("www-authenticate", `Bearer realm="muster"${error}`);
    const what = given === undefined ? "got none" : "got another one";
    throw new Problem(
      401,
      "unauthorized",
      `Cannot answer as the request must carry the server's bearer token: ${what}`,
    );
  });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
