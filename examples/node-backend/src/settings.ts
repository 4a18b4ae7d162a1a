/** What the program is told by its environment: read once, checked whole, typed from then on. */

import Type, { type Static } from "typebox";
import { Value } from "typebox/value";

const text = (fallback = "") => Type.String({ default: fallback });
const whole = (fallback: number, minimum = 1) => Type.Integer({ default: fallback, minimum });

const Settings = Type.Object({
  HOST: text("127.0.0.1"),
  PORT: Type.Integer({ default: 3001, minimum: 0, maximum: 65535 }),
  /** The address from outside: in links, and what Twilio signs. */
  BASE: Type.String({ default: "http://127.0.0.1:3001", pattern: "^https?://[^/]+$" }),
  DATABASE: Type.String({ default: "sqlite:data/backend.db", pattern: "^(sqlite:.+|postgres(ql)?://.*)$" }),
  PLAYBOOK: text("playbook.yaml"),
  ROSTER: text("roster.json"),
  /** Signs unsubscribe links; the same on every host. */
  SECRET: Type.String({ minLength: 32 }),
  /** For programs; without it what is behind it is shut. */
  API_KEY: Type.Union([Type.Literal(""), Type.String({ minLength: 32 })], { default: "" }),
  /** The captures of the playbook that anybody may post to, and from whose pages. */
  FORMS: text("contact"),
  ORIGINS: text(),
  SENDGRID_KEY: text(),
  TWILIO_TOKEN: text(),
  HOOK_KEY: text(),
  /** Where effects go: `folder:...`, `http(s)://...`; messages by `smtp(s)://...` as well. */
  MAIL: Type.String({ default: "folder:data/mail", pattern: "^(folder:.+|https?://.+|smtps?://.+)$" }),
  SINK: Type.String({ default: "folder:data/effects", pattern: "^(folder:.+|https?://.+)$" }),
  SINK_KEY: text(),
  FROM: text("hello@shop.example"),
  COMPANY: text("株式会社見本"),
  /** Requests a minute and address. */
  RATE_FORMS: whole(60),
  RATE_HOOKS: whole(120_000),
  /** Addresses of the proxies whose word on a client's address counts. */
  TRUST_PROXY: text(),
  /** Seconds that a claim lasts: what a dead process had in hand, another takes after that. */
  LEASE: whole(30),
  LOG: Type.Union(["fatal", "error", "warn", "info", "debug", "silent"].map((level) => Type.Literal(level)), { default: "info" }),
});

/** The settings. */
export type Settings = Static<typeof Settings> & { LOG: string };

/** Their names. */
export const settingNames = Object.keys(Settings.properties);

/** Reads the settings, and says everything that is wrong with them at once. */
export function readSettings(environment: { [name: string]: string | undefined }): Settings {
  const given: { [name: string]: string } = {};
  for (const name of settingNames) {
    const value = environment[name];
    if (value !== undefined && value !== "") given[name] = value;
  }
  const settings = Value.Convert(Settings, Value.Default(Settings, given));
  if (!Value.Check(Settings, settings)) {
    const wrong = Value.Errors(Settings, settings).map(({ instancePath, message, params }) => {
      const name = instancePath.slice(1) || String((params as { requiredProperties?: string[] }).requiredProperties ?? "");
      return `${name} ${message}`;
    });
    throw new Error(`the environment is not right: ${[...new Set(wrong)].join("; ")}`);
  }
  return settings;
}

/** The words of a list that is parted by commas. */
export const words = (list: string): string[] => list.split(",").map((word) => word.trim()).filter(Boolean);
