/** What there is to decide about, and what comes of it: the words that all parts share. */

import type { Applied, Diagnostic, Effect, Input, Response, RoutingStep } from "ikusei";

import type { Settings } from "./settings.js";

/** What the thread that decides is given. */
export interface Given {
  settings: Settings;
  /** What those who write to SQLite take turns by. */
  shared: SharedArrayBuffer;
}

/** Something to decide about. In the inbox it stands as JSON. */
export type Work =
  /** A payload, to be read by a mapping of the playbook. */
  | { kind: "capture"; mapping: string; text: string }
  /** An input of the library's own vocabulary. */
  | { kind: "input"; lead: string; input: Input }
  /** What an owner says of a hand-over. */
  | { kind: "respond"; lead: string; assignment: string; response: Response }
  /** A hand-over that found nobody at first. */
  | { kind: "hand_over"; lead: string; policy?: string }
  /** Nothing but time. */
  | { kind: "tick"; lead: string };

/** Work with its place in the inbox; what time brings has none. */
export interface Job {
  id?: string;
  /** Whether somebody waits for what comes of it. */
  urgent: boolean;
  /** When it came in. */
  received: number;
  work: Work;
}

/** What is said of one person of a form. The rank is that of this post alone: it says nothing of what was known. */
export interface Person extends Pick<Applied, "recorded" | "known"> {
  lead: string | null;
  rank: string | null;
  points: number;
}

/** What is said to whoever waits. */
export interface Answer {
  people: Person[];
  problems: Diagnostic[];
}

/** What is to go out. */
export interface Outgoing {
  /** The effect's id: the idempotency key. */
  effect: string;
  lead: string;
  /** `notice` tells a member of a hand-over; the others are the library's. */
  kind: "send" | "invite" | "call" | "notify" | "notice";
  /** A mail address, a queue or a member. */
  recipient: string;
  subject: string;
  /** The message; absent where none could be made. */
  message?: { text: string; html: string; unsubscribe: string };
  made: string;
  /** When the gate's leave is over. */
  until?: string;
  /** What the engine asked for. */
  asked: Effect | RoutingStep;
}

/** What became of an effect: said to the engine; or to be tried again, and why. */
export type Delivery = { status: "delivered" | "failed" | "bounced" | "refused"; trouble?: string } | { later: string };
