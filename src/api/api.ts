import { setMaxListeners } from "node:events";
import fastify, { type FastifyInstance } from "fastify";
import { requireToken } from "./auth.ts";
import { batchRoute } from "./batch.ts";
import { brakeWriteRoutes } from "./brakes.ts";
import { configReadRoutes, configWriteRoutes } from "./config.ts";
import { deregistrationRoutes } from "./deregistrations.ts";
import { addDocuments } from "./documents.ts";
import { explainRoute } from "./explain.ts";
import { heartbeatRoute } from "./heartbeat.ts";
import { historyRoute } from "./history.ts";
import { instanceReadRoutes, instanceWriteRoutes } from "./instances.ts";
import { acceptAnyJson } from "./json-body.ts";
import { leaderLeaseRoute, leaderReadRoute, leaderWriteRoutes } from "./leader.ts";
import { addOperations, statusRoute } from "./operations.ts";
import { operatorWriteRoutes } from "./operators.ts";
import type { ApiOptions } from "./options.ts";
import { addPlainRegistry } from "./plain-registry.ts";
import { answerProblems, noSuchRoute, sendProblem } from "./problems.ts";
import { addReadRoute } from "./read-route.ts";
import { serviceReadRoutes } from "./service-reads.ts";
import { serviceWriteRoutes } from "./services.ts";
import { addWriteRoute } from "./write-route.ts";

const BODY_OCTETS_MAX = 1024 * 1024;

/** The HTTP API, ready to listen or to be injected into. Closing it ends every request that waits. */
export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_OCTETS_MAX,
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, error, options.log),
  });
  const closing = new AbortController();
  // Any number of requests may wait for it.
  setMaxListeners(0, closing.signal);
  app.addHook("preClose", async () => closing.abort());
  const context = { ...options, closing: closing.signal };
  // The schemas describe; what a request may say is read by the catalog's own readers, which tell every fault at once.
  app.setValidatorCompiler(() => () => true);
  acceptAnyJson(app);
  answerProblems(app, options.log);
  reportRequests(app, options);
  noSuchRoute(app);
  await addDocuments(app);
  addOperations(app, options);
  await app.register(async (guarded) => {
    requireToken(guarded, options.settings.http.token);
    const writes = [
      ...serviceWriteRoutes(context),
      ...instanceWriteRoutes(context),
      ...deregistrationRoutes(context),
      ...operatorWriteRoutes(context),
      ...brakeWriteRoutes(),
      ...configWriteRoutes(context),
      ...leaderWriteRoutes(),
    ];
    const reads = [
      ...serviceReadRoutes(context),
      ...instanceReadRoutes(context),
      ...configReadRoutes(context),
      leaderReadRoute(context),
      explainRoute(context),
      historyRoute(context),
      statusRoute(context),
    ];
    for (const route of writes) addWriteRoute(guarded, context, route);
    for (const route of reads) addReadRoute(guarded, context, route);
    guarded.route(heartbeatRoute(context));
    guarded.route(leaderLeaseRoute(context));
    guarded.route(batchRoute(context, writes));
    addPlainRegistry(guarded, context);
  });
  await app.ready();
  return app;
}

function reportRequests(app: FastifyInstance, { onRequest }: ApiOptions): void {
  if (onRequest === undefined) return;
  app.addHook("onResponse", (request, reply, done) => {
    onRequest(request.method, request.routeOptions.url ?? "", reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
}
