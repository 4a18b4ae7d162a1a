/** Messages by SMTP, to a local server. */

import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { SMTPServer } from "smtp-server";

import { readSettings } from "../src/settings.js";
import { sinks } from "../src/sinks.js";
import type { Outgoing } from "../src/work.js";

test("mail has its key as its id, and says what became of it", async () => {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onRcptTo: ({ address }, _session, done) => done(address.startsWith("gone") ? Object.assign(new Error("no such mailbox"), { responseCode: 550 }) : address.startsWith("busy") ? Object.assign(new Error("later"), { responseCode: 451 }) : null),
    onData: (stream, _session, done) => {
      let mail = "";
      stream.on("data", (part) => (mail += String(part)));
      stream.on("end", () => {
        mails.push(mail);
        done();
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const MAIL = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const { mail, effects } = sinks(readSettings({ SECRET: "x".repeat(32), MAIL }));
  const to = (recipient: string): Outgoing => ({
    effect: "effect-1",
    lead: "lead-1",
    kind: "send",
    recipient,
    subject: "お問い合わせありがとうございます",
    message: { text: "本文", html: "<p>本文</p>", unsubscribe: "http://shop.example/unsubscribe/x/y" },
    made: "2026-11-30T12:00:00Z",
    asked: { id: "effect-1", kind: "assigned", assignment: "", message: { en: "", ja: "" } },
  });
  assert.deepEqual(await mail.deliver(to("taro@acme.example")), { status: "delivered" });
  assert.deepEqual(await mail.deliver(to("taro@acme.example")), { status: "delivered" });
  const ids = mails.map((text) => /^Message-ID: (.*)$/m.exec(text)?.[1]);
  assert.deepEqual([ids.length, new Set(ids).size], [2, 1], "a second try is the same message");
  assert.match(mails[0]!, /^List-Unsubscribe: <http:\/\/shop\.example\/unsubscribe\/x\/y>\r$/m);
  // An address is an address, whatever else is written into it.
  const sly = await mail.deliver(to("taro@acme.example, everybody@acme.example")).catch(() => undefined);
  assert.notEqual(sly?.toString(), "delivered");
  assert.ok(mails.slice(2).every((text) => !text.includes("everybody@acme.example>")));
  const gone = await mail.deliver(to("gone@acme.example"));
  assert.equal("status" in gone && gone.status, "bounced");
  await assert.rejects(mail.deliver(to("busy@acme.example")));
  mail.close();
  effects.close();
  await new Promise<void>((done) => server.close(done));
});
