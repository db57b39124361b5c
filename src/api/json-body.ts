import type { FastifyInstance } from "fastify";
import { Problem } from "./problems.ts";

/**
 * Takes every body as JSON, whatever its Content-Type says: the smallest client is `curl -d`, which calls JSON a form.
 * An empty body is none.
 */
export function acceptAnyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addHook("onRequest", (request, _reply, done) => {
    // One that is no media type at all would be refused before any parser is asked.
    if (request.raw.headers["content-type"] !== undefined) request.raw.headers["content-type"] = "application/json";
    done();
  });
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? undefined : JSON.parse(body as string));
    } catch (error) {
      const message = `must be JSON: ${(error as SyntaxError).message}`;
      done(new Problem(400, "invalid", `Cannot read the request as its body ${message}`, [{ path: "", message }]));
    }
  });
}
