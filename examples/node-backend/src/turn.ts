/**
 * One decision about one lead: the library's calls in their order, with nothing sent and nothing stored.
 *
 * Whatever comes in, the record goes through `process`; what scenarios hand over is routed at once; and everything that
 * the world is to see becomes a row of the outbox.
 */

import {
  type Applied,
  type CapturedPerson,
  type Effect,
  type Engine,
  IkuseiError,
  type Input,
  type InstantLike,
  type Lead,
  type Response,
  type Roster,
  type Routed,
} from "ikusei";

import { sign } from "./signatures.js";
import type { Outgoing, Work } from "./work.js";

/** Deadlines of one lead that one call catches up with. */
const MAX_STEPS = 100;

/** Where messages point to. */
export interface Links {
  base: string;
  secret: string;
  company: string;
}

/** The roster while decisions are made: each takes what the last one left. */
export interface Desktop {
  roster: Roster;
}

const time = (at: InstantLike): number => new Date(at).getTime();

export class Turn {
  changed = false;
  readonly out: Outgoing[] = [];
  /** Hand-overs that found nobody: to be tried again. */
  readonly again: Work[] = [];
  #due: string | undefined;

  constructor(
    readonly engine: Engine,
    readonly links: Links,
    readonly at: Date,
    public lead: Lead,
    readonly desktop: Desktop,
  ) {}

  /** Takes an input, and everything that follows of it. */
  input(input: Input): void {
    const outcome = this.engine.process(this.lead, input, this.at);
    this.lead = outcome.lead;
    this.#due = outcome.next_wakeup;
    this.changed = true;
    for (const effect of outcome.effects ?? []) this.#effect(effect);
  }

  /** Facts of a person from outside. The same delivery again changes nothing. */
  person(person: CapturedPerson): Applied {
    // `apply` knows what is new, and whether a machine did it.
    const applied = this.engine.apply(this.lead, person);
    if (!applied.changed) return applied;
    // Everything but the log at once, so that nobody sees a lead that has its fields and not yet done what it did;
    // then the activities as inputs, because scenarios follow inputs.
    const recorded = new Set(applied.recorded);
    this.lead = { ...applied.lead, activities: this.lead.activities ?? [] };
    for (const activity of applied.lead.activities ?? []) {
      if (recorded.has(activity.id)) this.input({ activity });
    }
    if (recorded.size === 0) this.input({ patch: { fields: {} } });
    if (applied.reclassified?.length) {
      this.lead = this.engine.reclassify(this.lead).lead;
      this.input({ patch: { fields: {} } });
    }
    return applied;
  }

  /** What time alone brings: deadlines of hand-overs, then nurturing. */
  wake(): void {
    for (let step = 0; step < MAX_STEPS && (this.#deadline() ?? Infinity) <= this.at.getTime(); step++) {
      this.#routed(this.engine.followUp(this.lead, this.desktop.roster, this.at));
    }
    this.input("tick");
  }

  /** What an owner says of a hand-over. What was given back goes to the scenario that takes it. */
  respond(assignment: string, response: Response): void {
    this.#routed(this.engine.respond(this.lead, this.desktop.roster, assignment, response, this.at));
    this.input("tick");
  }

  /** Hands the lead over. */
  handOver(policy: string | undefined): void {
    this.#routed(this.engine.route(this.lead, this.desktop.roster, this.at, policy === undefined ? {} : { policy }));
    this.input("tick");
  }

  /** When to look again if nothing comes in before. */
  wakeup(): number | null {
    const due = [this.#due === undefined ? undefined : time(this.#due), this.#deadline()].filter((at) => at !== undefined);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Who is accountable now. */
  owner(): string {
    return this.#open()[0]?.owner ?? "";
  }

  #open() {
    return (this.lead.assignments ?? []).filter(({ state }) => state !== "recycled" && state !== "closed");
  }

  #deadline(): number | undefined {
    const due = this.#open().flatMap((assignment) => (assignment.due ? [time(assignment.due.at)] : []));
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** A hand-over is carried out on the spot; everything else waits in the outbox. */
  #effect(effect: Effect): void {
    const base = { effect: effect.id, lead: effect.lead, made: effect.at, asked: effect };
    if ("hand_over" in effect.do) {
      const { policy } = effect.do.hand_over;
      try {
        this.#routed(this.engine.route(this.lead, this.desktop.roster, this.at, policy === undefined ? {} : { policy }));
      } catch (error) {
        // What came in is not lost because nobody can take the lead now.
        if (!(error instanceof IkuseiError)) throw error;
        this.again.push({ kind: "hand_over", lead: this.lead.id, ...(policy === undefined ? {} : { policy }) });
      }
    } else if ("call" in effect.do) {
      const { queue, script, gate } = effect.do.call;
      this.out.push({ ...base, kind: "call", recipient: queue, subject: script ?? "", ...until(gate.until) });
    } else if ("notify" in effect.do) {
      this.out.push({ ...base, kind: "notify", recipient: effect.do.notify.to, subject: effect.do.notify.text ?? "" });
    } else {
      const [kind, { gate }] = "send" in effect.do ? (["send", effect.do.send] as const) : (["invite", effect.do.invite] as const);
      this.out.push({ ...base, kind, recipient: gate.address ?? "", ...this.#message(effect), ...until(gate.until) });
    }
  }

  /** The message is made now, so that what is sent is what was decided on. */
  #message(effect: Effect): Pick<Outgoing, "subject" | "message"> {
    const unsubscribe = `${this.links.base}/unsubscribe/${this.lead.id}/${sign(this.links.secret, this.lead.id)}`;
    const values = { unsubscribe_url: unsubscribe, sender: { company: this.links.company } };
    try {
      const { outcome, subject = "", text = "", html = "" } = this.engine.render(effect, this.lead, values);
      return outcome === "ready" ? { subject, message: { text, html, unsubscribe } } : { subject };
    } catch (error) {
      if (!(error instanceof IkuseiError)) throw error;
      return { subject: error.code };
    }
  }

  /** The lead's assignments and the roster after a hand-over, and whom to tell. */
  #routed({ assignments, roster, steps }: Routed): void {
    this.lead = { ...this.lead, assignments };
    this.desktop.roster = roster ?? this.desktop.roster;
    this.changed = true;
    for (const step of steps) {
      const recipient = step.member ?? step.team ?? "";
      const row = { effect: step.id, lead: this.lead.id, kind: "notice" as const, recipient, subject: step.message.ja };
      this.out.push({ ...row, made: this.at.toISOString(), asked: step });
    }
  }
}

const until = (at: string | undefined): { until?: string } => (at === undefined ? {} : { until: at });
