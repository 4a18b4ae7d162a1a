/** For programs that have the key: a lead, what its owner says, dead letters. And the link of every message. */

import { randomUUID } from "node:crypto";
import type { Lead } from "ikusei";
import Type from "typebox";

import type { Deps, Server } from "./app.js";
import { outcome } from "./inbox.js";
import { digest, same, signed } from "./signatures.js";

const Id = Type.String({ maxLength: 200 });
const Reason = Type.Object({ reason: Type.String({ maxLength: 200 }) });
const Response = Type.Union([
  Type.Literal("accept"),
  Type.Literal("touch"),
  Type.Object({ refuse: Reason }),
  Type.Object({ recycle: Reason }),
  Type.Object({ close: Type.Partial(Reason) }),
]);

export async function api(app: Server, { settings, db, inbox, bell }: Deps): Promise<void> {
  app.addHook("onRequest", async (request, reply) => {
    const [, key = ""] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
    if (!same(key, settings.API_KEY)) return reply.code(401).send({ error: "the key is not right" });
    return;
  });

  app.get("/leads/:lead", { schema: { params: Type.Object({ lead: Id }) } }, async (request, reply) => {
    const sql = "SELECT revision, record, rank, points, owner, wakeup FROM leads WHERE id = $1";
    type Row = { revision: number; record: string; rank: string; points: number; owner: string; wakeup: number | null };
    const [row] = await db.read<Row>(sql, [request.params.lead]);
    if (row === undefined) return reply.code(404).send({ error: "there is no such lead" });
    return { ...row, record: JSON.parse(row.record) as Lead };
  });

  const assignment = { params: Type.Object({ lead: Id, assignment: Id }), body: Type.Object({ response: Response }) };
  app.post("/leads/:lead/assignments/:assignment", { schema: assignment }, async (request, reply) => {
    const id = randomUUID();
    await inbox.put(id, { kind: "respond", ...request.params, response: request.body.response }, true);
    const row = await outcome(db, id, bell);
    return row?.state === "dead" ? reply.code(422).send({ error: row.outcome }) : reply.code(row === undefined ? 202 : 204).send();
  });

  /** What was refused and what failed: people look at it. */
  app.get("/dead", async () => ({
    inbox: await db.read("SELECT id, received, tries, outcome FROM inbox WHERE state = 'dead' ORDER BY received LIMIT 200"),
    outbox: await db.read("SELECT effect, lead, kind, tries, trouble FROM outbox WHERE state = 'failed' ORDER BY due LIMIT 200"),
  }));

  /** Decides again, after the playbook was mended. An effect that failed is its scenario's: it decided about it. */
  app.post("/dead/:id", { schema: { params: Type.Object({ id: Id }) } }, async (request, reply) => {
    const sql = "UPDATE inbox SET state = 'waiting', due = $1, tries = 0, outcome = '' WHERE id = $2 AND state = 'dead' RETURNING id";
    const [rows] = await db.write([{ sql, values: [Date.now(), request.params.id] }]);
    inbox.stored();
    return rows?.length === 1 ? reply.code(204).send() : reply.code(404).send({ error: "there is no such letter" });
  });
}

/** Opened by people and by machines that look into mails: nothing changes until the button is pressed. */
export async function unsubscribe(app: Server, { settings, inbox }: Deps): Promise<void> {
  const options = {
    schema: { params: Type.Object({ lead: Id, proof: Id }) },
    config: { rateLimit: { max: settings.RATE_FORMS, timeWindow: "1 minute" } },
  };
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, _body, done) => done(null, {}));
  const page = (words: string) =>
    `<!doctype html><html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>配信停止</title><p>${words}</p>`;

  app.get("/unsubscribe/:lead/:proof", options, async (request, reply) => {
    const { lead, proof } = request.params;
    if (!signed(settings.SECRET, lead, proof)) return reply.code(404).type("text/html").send(page("リンクが正しくありません。"));
    return reply.type("text/html").send(page('メールの配信を停止しますか。<form method="post"><button>停止する</button></form>'));
  });
  app.post("/unsubscribe/:lead/:proof", options, async (request, reply) => {
    const { lead, proof } = request.params;
    if (!signed(settings.SECRET, lead, proof)) return reply.code(404).type("text/html").send(page("リンクが正しくありません。"));
    const consent = { channel: "email", event: "deny" as const, at: new Date().toISOString(), basis: "link" };
    await inbox.put(digest("unsubscribe", lead, randomUUID()), { kind: "input", lead, input: { consent } }, false);
    return reply.type("text/html").send(page("配信を停止しました。"));
  });
}
