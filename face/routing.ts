/** What an engine does to hand leads over to sales. */

import { instant } from "./calls.js";
import { type Envelope, errorOf, type IkuseiError } from "./errors.js";
import { Simulating } from "./simulation.js";
import type { Brief, CompanyAccount, InstantLike, Language, Lead, Rebalanced, Roster, Routed, Verification } from "./types.js";

/** A roster on its way in: state that the host keeps, whose counters are the engine's. */
export type RosterLike = Omit<Roster, "revision"> & { revision?: number };

/** How to hand a lead over. */
export interface RouteOptions {
  /** The policy; the first of the playbook if none is named. */
  policy?: string;
  /** The company's account, where the host knows it already; otherwise the roster's accounts are searched. */
  account?: CompanyAccount;
  /** Whether to say which rules and members were looked at. */
  explain?: boolean;
}

/** What a brief is about, besides its lead. */
export interface BriefOptions {
  /** The assignment; the last one that is open if none is named. */
  assignment?: string;
  /** The company's account, where the host knows it. */
  account?: CompanyAccount;
  /** The company's other leads. */
  others?: readonly Lead[];
  /** The language of the sentences; English if absent. */
  language?: Language;
}

/** What an owner says of an assignment. */
export type Response =
  | "accept"
  | "touch"
  | { refuse: { reason: string } }
  | { recycle: { reason: string } }
  | { close: { reason?: string } };

/** The part of an engine that hands leads over. */
export abstract class Handing extends Simulating {
  /**
   * Hands a lead over: exactly one accountable owner, or one for each product where the policy separates.
   *
   * Nothing is sent and nothing is stored: the result holds the assignments for the record, the new roster for the
   * host, and whom to tell. A lead that is in somebody's hands stays there.
   *
   * @throws {CallError} for a roster that cannot be worked with, or a policy that does not exist
   * @throws {EvaluationError} if nobody would be accountable
   * @throws {LeadError} as `assess`
   *
   * @example
   * ```ts
   * const engine = Playbook.parse({
   *   ikusei: 1,
   *   name: "demo",
   *   routing: {
   *     teams: { inside: {} },
   *     policies: { default: { accountable: [{ to: "team:inside" }], sla: { accept: "4h", then: ["remind"] } } },
   *   },
   * }).compile();
   * const roster = { members: [{ id: "sato", teams: ["inside"] }, { id: "mori", teams: ["inside"] }] };
   * const { assignments } = engine.route({ id: "lead-1" }, roster, "2026-11-20T10:00:00+09:00");
   * console.log(assignments[0]?.owner, assignments[0]?.accept_by); // mori 2026-11-20T13:00:00Z
   * ```
   */
  route(lead: Lead, roster: RosterLike, at: InstantLike, options: RouteOptions = {}): Routed {
    return this.ask("route", { lead, roster, at: instant(at), ...options });
  }

  /**
   * Hands many leads over, with the owners that they would get one by one.
   *
   * @returns for each lead what `route` gives, or the error that it would throw; and the roster after all of them
   * @throws {CallError} as `route`
   *
   * @example
   * ```ts
   * const engine = Playbook.parse({
   *   ikusei: 1,
   *   name: "demo",
   *   routing: {
   *     teams: { inside: {} },
   *     policies: { default: { accountable: [{ to: "team:inside" }], sla: { accept: "4h", then: ["remind"] } } },
   *   },
   * }).compile();
   * const roster = { members: [{ id: "sato", teams: ["inside"] }, { id: "mori", teams: ["inside"] }] };
   * const { results } = await engine.routeMany([{ id: "a" }, { id: "b" }], roster, new Date());
   * console.log(results.map((result) => (result instanceof IkuseiError ? result.code : result.assignments[0]?.owner))); // [ 'mori', 'sato' ]
   * ```
   */
  async routeMany(
    leads: readonly Lead[],
    roster: RosterLike,
    at: InstantLike,
    options: Omit<RouteOptions, "account"> & { signal?: AbortSignal } = {},
  ): Promise<{ results: (Routed | IkuseiError)[]; roster: Roster }> {
    const { signal, ...rest } = options;
    const args = { leads, roster, at: instant(at), ...rest };
    const found = await this.askLater<{ results: Envelope<Routed>[]; roster: Roster }>("route_many", args, signal);
    const results = found.results.map((envelope) => ("error" in envelope ? errorOf(envelope.error) : envelope.ok));
    return { results, roster: found.roster };
  }

  /**
   * What has come due on a lead's assignments: reminders, reassignments, escalations; and open work of members who
   * have left goes to others. Ask again at `next_wakeup`.
   *
   * @throws as `route`
   *
   * @example
   * ```ts
   * const engine = Playbook.parse({
   *   ikusei: 1,
   *   name: "demo",
   *   routing: {
   *     teams: { inside: {} },
   *     policies: { default: { accountable: [{ to: "team:inside" }], sla: { accept: "4h", then: ["remind"] } } },
   *   },
   * }).compile();
   * const roster = { members: [{ id: "sato", teams: ["inside"] }, { id: "mori", teams: ["inside"] }] };
   * const routed = engine.route({ id: "lead-1" }, roster, "2026-11-20T10:00:00Z");
   * const lead = { id: "lead-1", assignments: routed.assignments };
   * const { steps } = engine.followUp(lead, routed.roster ?? roster, routed.next_wakeup ?? new Date());
   * console.log(steps.map((step) => `${step.kind} ${step.member}`)); // [ 'reminded mori' ]
   * ```
   */
  followUp(lead: Lead, roster: RosterLike, at: InstantLike): Routed {
    return this.ask("follow_up", { lead, roster, at: instant(at) });
  }

  /**
   * What an owner says of an assignment, and what becomes of it.
   *
   * @throws {CallError} if the lead has no such assignment, or it is over; otherwise as `route`
   *
   * @example
   * ```ts
   * const engine = Playbook.parse({
   *   ikusei: 1,
   *   name: "demo",
   *   routing: {
   *     teams: { inside: {} },
   *     policies: { default: { accountable: [{ to: "team:inside" }], sla: { accept: "4h", then: ["remind"] } } },
   *   },
   * }).compile();
   * const roster = { members: [{ id: "sato", teams: ["inside"] }, { id: "mori", teams: ["inside"] }] };
   * const routed = engine.route({ id: "lead-1" }, roster, new Date());
   * const lead = { id: "lead-1", assignments: routed.assignments };
   * const found = engine.respond(lead, routed.roster ?? roster, "lead-1:default:1", "accept", new Date());
   * console.log(found.assignments[0]?.state); // accepted
   * ```
   */
  respond(lead: Lead, roster: RosterLike, assignment: string, response: Response, at: InstantLike): Routed {
    return this.ask("respond", { lead, roster, assignment, response, at: instant(at) });
  }

  /**
   * Proves the policies against a roster: that every lead there can be has exactly one accountable team with somebody
   * active behind it, or a queue with an owner; else with an example of each lead that has not.
   *
   * @param policy the policy; all of them if none is named
   * @throws {CallError} for a roster that cannot be worked with, or a policy that does not exist
   *
   * @example
   * ```ts
   * const engine = Playbook.parse({
   *   ikusei: 1,
   *   name: "demo",
   *   routing: {
   *     teams: { inside: {} },
   *     policies: { default: { accountable: [{ to: "team:inside" }], sla: { accept: "4h", then: ["remind"] } } },
   *   },
   * }).compile();
   * const roster = { members: [{ id: "sato", teams: ["inside"] }, { id: "mori", teams: ["inside"] }] };
   * const { holds, findings } = engine.verify({ members: [{ id: "sato", teams: ["inside"] }] });
   * console.log(holds, findings.map((finding) => finding.kind)); // true [ 'single_point' ]
   * ```
   */
  verify(roster: RosterLike, policy?: string): Verification {
    return this.ask("verify", { roster, policy });
  }

  /**
   * What a policy would do to the work of everybody: all leads handed over anew, as if nobody had them yet. Nothing is
   * changed by it.
   *
   * @throws as `route`, for the first lead that cannot be read
   *
   * @example
   * ```ts
   * const engine = Playbook.parse({
   *   ikusei: 1,
   *   name: "demo",
   *   routing: {
   *     teams: { inside: {} },
   *     policies: { default: { accountable: [{ to: "team:inside" }], sla: { accept: "4h", then: ["remind"] } } },
   *   },
   * }).compile();
   * const roster = { members: [{ id: "sato", teams: ["inside"] }, { id: "mori", teams: ["inside"] }] };
   * const { members } = engine.rebalance([{ id: "a" }, { id: "b" }, { id: "c" }], roster, new Date());
   * console.log(members["mori"], members["sato"]); // { before: 0, after: 2 } { before: 0, after: 1 }
   * ```
   */
  rebalance(leads: readonly Lead[], roster: RosterLike, at: InstantLike, policy?: string): Rebalanced {
    return this.ask("rebalance", { leads, roster, at: instant(at), policy });
  }

  /**
   * What sales needs to know before calling, as of an instant: as data, text, Markdown and HTML. Who it is, where it came
   * from and what was first searched for, what it did, score and why, interests, campaigns and scenarios, what to mind,
   * and how to begin.
   *
   * @throws {CallError} if the lead has no such assignment
   * @throws {LeadError} as `assess`, for the lead and for the others
   *
   * @example
   * ```ts
   * const fields = { company: { type: "text", identity: "company" } };
   * const engine = Playbook.parse({ ikusei: 1, name: "demo", fields }).compile();
   * const lead = { id: "lead-1", fields: { company: "Oshima" }, source: { search_keyword: "lathe service" } };
   * const brief = engine.brief(lead, "2026-11-20T10:00:00+09:00", { language: "en" });
   * console.log(brief.search_keyword, "-", brief.text.split("\n")[0]); // lathe service - Oshima (lead-1)
   * ```
   */
  brief(lead: Lead, at: InstantLike, options: BriefOptions = {}): Brief {
    return this.ask("brief", { lead, at: instant(at), ...options });
  }
}
