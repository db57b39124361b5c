import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";

/** `/openapi.json`, generated from the routes' schemas, and `/docs` to browse it. Before the routes it describes. */
export async function addDocuments(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Muster",
        description: "Service discovery and dynamic configuration through DNS: the HTTP API.",
        version: "1",
      },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }, {}],
    },
  });
  await app.register(swaggerUi, { routePrefix: "/docs" });
  let document: string | undefined;
  app.get("/openapi.json", { schema: { hide: true } }, (_request, reply) => {
    // The routes stand still once the API is ready, so the document is made once.
    document ??= JSON.stringify(app.swagger());
    return reply.type("application/json").send(document);
  });
}
