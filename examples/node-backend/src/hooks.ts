/** Webhooks: what providers send is believed when its signature is theirs, and kept for the playbook's captures. */

import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";

import type { Deps, Server } from "./app.js";
import { digest, sendgrid, sendgridKey, shared, twilio } from "./signatures.js";

/** How old a signature may be, in seconds: what is older is a replay. */
const WINDOW = 300;

const Mapping = Type.Object({ mapping: Type.String({ maxLength: 64 }) });

export async function hooks(app: Server, { settings, inbox, captures }: Deps): Promise<void> {
  // Signatures are over bytes as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  const limits = { bodyLimit: 1 << 20, config: { rateLimit: { max: settings.RATE_HOOKS, timeWindow: "1 minute" } } };

  /** Stored, then answered. The same delivery again is answered as the first was, and changes nothing. */
  const take = async (reply: FastifyReply, mapping: string, id: string, body: Buffer) => {
    await inbox.put(id, { kind: "capture", mapping, text: body.toString("utf8") }, false);
    return reply.code(204).send();
  };
  const refuse = (reply: FastifyReply) => reply.code(401).send({ error: "the signature is not right" });

  if (settings.SENDGRID_KEY !== "" && captures.has("sendgrid")) {
    const key = sendgridKey(settings.SENDGRID_KEY);
    app.post("/hooks/sendgrid", limits, async (request, reply) => {
      const body = bytes(request);
      const at = header(request, "x-twilio-email-event-webhook-timestamp");
      const signature = header(request, "x-twilio-email-event-webhook-signature");
      if (!sendgrid(key, at, body, signature) || !fresh(at)) return refuse(reply);
      return take(reply, "sendgrid", digest("sendgrid", at, body), body);
    });
  }
  if (settings.TWILIO_TOKEN !== "" && captures.has("twilio_calls")) {
    app.post("/hooks/twilio", limits, async (request, reply) => {
      const body = bytes(request);
      const url = `${settings.BASE}${request.url}`;
      // It carries no time: a replay is told by its content, for as long as digests are kept, then by the ids of its calls.
      if (!twilio(settings.TWILIO_TOKEN, url, body.toString("utf8"), header(request, "x-twilio-signature"))) return refuse(reply);
      return take(reply, "twilio_calls", digest("twilio", body), body);
    });
  }
  if (settings.HOOK_KEY !== "") {
    app.post("/hooks/signed/:mapping", { ...limits, schema: { params: Mapping } }, async (request, reply) => {
      const body = bytes(request);
      const { mapping } = request.params;
      const [, at = "", signature = ""] = /^t=(\d{1,12}),v1=([\w-]+)$/.exec(header(request, "x-signature")) ?? [];
      if (!shared(settings.HOOK_KEY, at, mapping, body, signature) || !fresh(at)) return refuse(reply);
      if (!captures.has(mapping)) return reply.code(404).send({ error: "the playbook has no such capture" });
      return take(reply, mapping, digest("signed", mapping, at, body), body);
    });
  }
}

const bytes = ({ body }: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

function header({ headers }: FastifyRequest, name: string): string {
  const value = headers[name];
  return typeof value === "string" ? value : "";
}

/** A signature of another time is a replay. */
const fresh = (at: string): boolean => /^\d{1,12}$/.test(at) && Math.abs(Date.now() / 1000 - Number(at)) <= WINDOW;
