/** Forms: what anybody may post, from the pages that may. */

import cors from "@fastify/cors";
import { randomUUID } from "node:crypto";
import type { Diagnostic } from "ikusei";
import Type, { type Static } from "typebox";

import type { Deps, Server } from "./app.js";
import { outcome } from "./inbox.js";
import { words } from "./settings.js";
import { digest } from "./signatures.js";
import type { Answer } from "./work.js";

const Cell = Type.Union([Type.String({ maxLength: 8000 }), Type.Number(), Type.Boolean(), Type.Null()]);
const Form = Type.Record(Type.String({ maxLength: 64 }), Type.Union([Cell, Type.Array(Cell, { maxItems: 50 })]), { maxProperties: 100 });
const Person = Type.Object({
  lead: Type.Union([Type.String(), Type.Null()]),
  rank: Type.Union([Type.String(), Type.Null()]),
  points: Type.Number(),
  recorded: Type.Array(Type.String()),
  known: Type.Array(Type.String()),
});
const Said = Type.Object({
  /** Whether it was decided already; it is stored in any case. */
  decided: Type.Boolean(),
  people: Type.Array(Person),
  problems: Type.Array(Type.Unsafe<Diagnostic>({})),
});
const Wrong = Type.Object({ error: Type.String() });
const Params = Type.Object({ form: Type.String({ maxLength: 64 }) });

export async function forms(app: Server, { settings, db, inbox, bell }: Deps): Promise<void> {
  await app.register(cors, { origin: words(settings.ORIGINS), methods: ["POST"] });
  const parser = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, parser);
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => done(null, pairs(String(body))));
  const open = new Set(words(settings.FORMS));

  app.post(
    "/capture/:form",
    {
      bodyLimit: 64 << 10,
      config: { rateLimit: { max: settings.RATE_FORMS, timeWindow: "1 minute" } },
      schema: { params: Params, body: Form, response: { 200: Said, 202: Said, 404: Wrong, 422: Wrong } },
    },
    async (request, reply) => {
      const { form } = request.params;
      if (!open.has(form)) return reply.code(404).send({ error: "there is no such form" });
      const text = urlencoded(request.body);
      // A form that names its submission may be posted again; another one is a new one each time.
      const { submission } = request.body;
      const id = submission === undefined ? randomUUID() : digest("form", form, text);
      await inbox.put(id, { kind: "capture", mapping: form, text }, true);
      const row = await outcome(db, id, bell);
      if (row === undefined) return reply.code(202).send({ decided: false, people: [], problems: [] });
      if (row.state === "dead") return reply.code(422).send({ error: "the form cannot be read" });
      return { decided: true, ...(JSON.parse(row.outcome) as Answer) };
    },
  );
}

/** Names and values of a form; a name that comes twice has a list. */
function pairs(body: string): Static<typeof Form> {
  const found = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(body)) {
    const before = found.get(name);
    found.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(found);
}

/** As a browser posts it, from whatever it was posted as. */
function urlencoded(form: Static<typeof Form>): string {
  const written = new URLSearchParams();
  for (const [name, values] of Object.entries(form)) {
    const cells = [values].flat().filter((cell) => cell !== null && cell !== false);
    if (cells.length > 0) written.append(name, cells.map((cell) => (cell === true ? "on" : String(cell))).join(","));
  }
  return written.toString();
}
