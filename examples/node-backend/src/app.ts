/** The server: what every request goes through, and the routes behind it. */

import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController, type RawReplyDefaultExpression, type RawRequestDefaultExpression, type RawServerDefault } from "fastify";
import type { Logger } from "pino";

import { api, unsubscribe } from "./api.js";
import type { Db } from "./db.js";
import { forms } from "./forms.js";
import { hooks } from "./hooks.js";
import type { Inbox } from "./inbox.js";
import { type Settings, words } from "./settings.js";

/** The server, with bodies and parameters typed by their schemas. */
export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What routes stand on. */
export interface Deps {
  settings: Settings;
  log: Logger;
  db: Db;
  inbox: Inbox;
  /** The captures of the playbook. */
  captures: ReadonlySet<string>;
  /** Waits until something was decided, or so many milliseconds. */
  bell: (wait: number) => Promise<void>;
  /** Whether everything runs, and nobody is shutting it down. */
  well: () => boolean;
}

export async function buildApp(deps: Deps): Promise<Server> {
  const { settings, log, db, well } = deps;
  const proxies = settings.TRUST_PROXY;
  const app: Server = Fastify<RawServerDefault>({
    loggerInstance: log as FastifyBaseLogger,
    // Addresses and paths are personal: only the route is written down, below.
    logController: new LogController({ disableRequestLogging: true }),
    // What is posted is taken as it is, or not at all.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    trustProxy: proxies === "" ? false : words(proxies),
    bodyLimit: 64 << 10,
    requestTimeout: 15_000,
    connectionTimeout: 30_000,
    return503OnClosing: true,
  }).withTypeProvider<TypeBoxTypeProvider>();

  await app.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'self'"], frameAncestors: ["'none'"] } } });
  await app.register(rateLimit, { max: 600, timeWindow: "1 minute" });
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions } = request;
    const line = { method, route: routeOptions.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    log[reply.statusCode >= 500 ? "error" : reply.statusCode >= 400 ? "info" : "debug"](line, "request");
  });
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const status = error.statusCode ?? 503;
    if (status < 500) return reply.code(status).send({ error: error.message });
    // The message may quote what was posted.
    log.error({ type: error.name, code: error.code }, "request failed");
    return reply.code(status).send({ error: "nothing was stored: try again later" });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "there is nothing here" }));

  app.get("/health", { config: { rateLimit: false } }, async (_request, reply) => {
    const reached = await db.read("SELECT 1").then(() => true, () => false);
    const healthy = well() && reached;
    return reply.code(healthy ? 200 : 503).send({ healthy });
  });
  await app.register((scope) => forms(scope as Server, deps));
  await app.register((scope) => hooks(scope as Server, deps));
  await app.register((scope) => unsubscribe(scope as Server, deps));
  if (settings.API_KEY !== "") await app.register((scope) => api(scope as Server, deps));
  return app;
}
