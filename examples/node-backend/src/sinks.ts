/** Where effects go. Each delivery carries the effect's id as its key, so that a second try is no second effect. */

import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import nodemailer from "nodemailer";

import type { Settings } from "./settings.js";
import { sign } from "./signatures.js";
import type { Delivery, Outgoing } from "./work.js";

/** How long a sink may take; less than a claim lasts. */
const PATIENCE = 5000;

/** Carries effects out. What it throws is tried again. */
export interface Sink {
  deliver(out: Outgoing): Promise<Delivery>;
  close(): void;
}

/** One for messages to leads, one for everything else. */
export interface Sinks {
  mail: Sink;
  effects: Sink;
}

export function sinks(settings: Settings): Sinks {
  const mail = settings.MAIL.startsWith("smtp") ? new Smtp(settings.MAIL, settings.FROM) : sink(settings.MAIL, settings.SINK_KEY);
  return { mail, effects: sink(settings.SINK, settings.SINK_KEY) };
}

const sink = (url: string, key: string): Sink =>
  url.startsWith("folder:") ? new Folder(url.slice("folder:".length)) : new Http(url, key);

/** A program that takes effects by HTTP: it remembers their keys. Redirects are not followed. */
class Http implements Sink {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  async deliver(out: Outgoing): Promise<Delivery> {
    const body = JSON.stringify(out);
    const headers: { [name: string]: string } = { "content-type": "application/json", "idempotency-key": out.effect };
    if (this.key !== "") headers["x-signature"] = sign(this.key, `${out.effect}.${body}`);
    const init: RequestInit = { method: "POST", headers, body, redirect: "error", signal: AbortSignal.timeout(PATIENCE) };
    const { ok, status, body: rest } = await fetch(this.url, init);
    await rest?.cancel();
    if (ok) return { status: "delivered" };
    const passing = status >= 500 || [408, 425, 429].includes(status);
    return passing ? { later: `HTTP ${status}` } : { status: "failed", trouble: `HTTP ${status}` };
  }

  close(): void {}
}

/** A mail server. The key is the message's id, by which servers and readers know a message again. */
class Smtp implements Sink {
  readonly #transport;

  constructor(
    url: string,
    readonly from: string,
  ) {
    this.#transport = nodemailer.createTransport({ url, pool: true, connectionTimeout: PATIENCE, socketTimeout: PATIENCE, disableFileAccess: true, disableUrlAccess: true });
  }

  async deliver({ effect, recipient, subject, message }: Outgoing): Promise<Delivery> {
    const { text, html, unsubscribe } = message!;
    try {
      await this.#transport.sendMail({
        from: this.from,
        to: { name: "", address: recipient },
        subject,
        text,
        html,
        messageId: `<${name(effect)}@${this.from.split("@").at(-1)}>`,
        headers: { "List-Unsubscribe": `<${unsubscribe}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
      });
      return { status: "delivered" };
    } catch (error) {
      const { responseCode = 0, command, message: why } = error as { responseCode?: number; command?: string; message: string };
      if (responseCode < 500) throw error;
      return { status: command === "RCPT TO" ? "bounced" : "failed", trouble: why };
    }
  }

  close(): void {
    this.#transport.close();
  }
}

/** Files, to be looked at: a second try writes the same one. */
class Folder implements Sink {
  constructor(readonly folder: string) {}

  async deliver(out: Outgoing): Promise<Delivery> {
    await mkdir(this.folder, { recursive: true });
    const file = join(this.folder, `${name(out.effect)}.json`);
    await writeFile(`${file}.new`, `${JSON.stringify(out, null, 2)}\n`);
    await rename(`${file}.new`, file);
    return { status: "delivered" };
  }

  close(): void {}
}

const name = (effect: string): string => createHash("sha256").update(effect).digest("hex").slice(0, 32);
