import type { FastifyInstance } from "fastify";
import { EVERY_SERVICE } from "../catalog/keys.ts";
import { engagedBrakes } from "./brakes.ts";
import type { ApiContext, ApiOptions } from "./options.ts";
import type { ReadRoute } from "./read-route.ts";
import { AnyObject } from "./schemas.ts";

const section = "Operations";

/** Is it alive, is it ready, how does it do: for machines that watch the server, without a token. */
export function addOperations(app: FastifyInstance, { readiness, metricsText }: ApiOptions): void {
  const open = (summary: string) => ({ summary, tags: [section], security: [] });
  app.get("/livez", { schema: open("Whether the process answers") }, async () => ({ isLive: true }));
  app.get(
    "/readyz",
    { schema: open("Whether it answers DNS from what is registered, else the parts that are missing") },
    async (_request, reply) => {
      const { isReady, parts } = readiness();
      reply.code(isReady ? 200 : 503).header("cache-control", "no-store");
      return { isReady, parts: parts.filter((part) => isReady || !part.isReady) };
    },
  );
  app.get("/metrics", { schema: open("Prometheus text") }, async (_request, reply) => {
    const { contentType, body } = await metricsText();
    return reply.type(contentType).send(body);
  });
}

export function statusRoute({ catalog, status }: ApiContext): ReadRoute {
  return {
    url: "/v1/status",
    action: "read the status of the server",
    section,
    answer: AnyObject,
    changedAt: () => catalog().revision,
    read: () => {
      const { revision, services } = catalog();
      const brakes = engagedBrakes(catalog(), [EVERY_SERVICE, ...services.keys()]);
      return { body: { revision, ...status(), brakes } };
    },
  };
}
