import type { FastifyInstance } from "fastify";

/**
 * Takes every body as JSON, whatever its Content-Type says: the smallest client is `curl -d`, which calls JSON a form.
 * An empty body is none.
 */
export function acceptAnyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, body as string, done);
  });
}
