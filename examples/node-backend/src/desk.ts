/**
 * The desk: read leads and the roster, decide, and write if nobody was quicker; otherwise all over again.
 *
 * Several processes may do so on one database at once. Record and roster carry a revision, and decisions are written by
 * compare-and-swap on both: of two that hand leads out from the same roster one loses, and decides again. What came in
 * together is decided together and written in one transaction: events, records, roster and effects, or nothing of it.
 */

import { type Captured, type CapturedPerson, type Engine, IkuseiError, type Lead, type LeadIdentity, type Roster } from "ikusei";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { type Db, Lost, readMany, type Value } from "./db.js";
import { decided, effects, type Entry, named, records, swapRoster } from "./records.js";
import { type Links, Turn } from "./turn.js";
import type { Answer, Job, Person, Work } from "./work.js";

/** How often a decision is made anew before it is left to a later round. */
const TRIES = 100;
/** How long a lead that cannot be worked with, and a hand-over that found nobody, are left alone. */
const ASIDE = 3_600_000;
const AGAIN = 60_000;

/** The playbook refuses the work, whoever asks and however often. */
class Refused extends Error {
  constructor(readonly why: IkuseiError) {
    super(why.code);
  }
}

export class Desk {
  /** How often somebody else was quicker. */
  lost = 0;

  constructor(
    readonly db: Db,
    readonly engine: Engine,
    readonly links: Links,
    /** Told what was refused, by its code. */
    readonly refused: (code: string, kind: Work["kind"]) => void,
  ) {}

  /** Decides about everything that is given. When this returns it is stored; the same again changes nothing. */
  async decide(jobs: Job[], at: Date): Promise<void> {
    for (let tries = 0; jobs.length > 0; tries++) {
      try {
        return await this.#once(jobs, at);
      } catch (error) {
        if (error instanceof Lost) {
          this.lost++;
          if (tries === TRIES) return;
          await pause(Math.random() * Math.min(5 * (tries + 1), 100));
          jobs = await this.#waiting(jobs);
        } else if (!(error instanceof Refused)) {
          throw error;
        } else if (jobs.length === 1) {
          return this.#aside(jobs[0]!, error.why, at);
        }
        // One that is contended or refused is found by halves; the others do not wait for it.
        if (jobs.length > 1) {
          const half = jobs.length >> 1;
          await this.decide(jobs.slice(0, half), at);
          return this.decide(jobs.slice(half), at);
        }
      }
    }
  }

  async #once(jobs: Job[], at: Date): Promise<void> {
    const captured = jobs.map((job) => (job.work.kind === "capture" ? refusing(() => this.#capture(job)) : undefined));
    const keys = captured.flatMap((read) => read?.people.flatMap((person) => person.identities) ?? []);
    const leads = await this.#find(keys);
    const ids = new Set([...leads.values(), ...jobs.flatMap(({ work }) => (work.kind === "capture" ? [] : [work.lead]))]);
    const [[stored], rows] = await Promise.all([
      this.db.read<{ body: string }>("SELECT body FROM roster WHERE id = 1"),
      readMany<{ id: string; revision: number; record: string }>(
        this.db,
        [...ids].map((id) => [id]),
        (list) => `SELECT id, revision, record FROM leads WHERE id IN (${list})`,
      ),
    ]);
    const roster = JSON.parse(stored!.body) as Roster;
    const desktop = { roster };
    const open = (lead: Lead, from: number): Entry => ({ turn: new Turn(this.engine, this.links, at, lead, desktop), from, found: [] });
    const entries = new Map(rows.map(({ id, revision, record }) => [id, open(JSON.parse(record) as Lead, revision)]));

    const answers = refusing(() =>
      jobs.map((job, place) => {
        const read = captured[place];
        if (job.work.kind !== "capture") {
          const entry = entries.get(job.work.lead);
          if (entry !== undefined) take(entry.turn, job.work);
          return "";
        }
        if (read === undefined) return "";
        const people = read.people.map((person) => this.#person(person, job, leads, entries, (id) => open({ id }, 0)));
        return job.urgent ? JSON.stringify({ people, problems: read.problems ?? [] } satisfies Answer) : "";
      }),
    );
    const changed = [...entries.values()].filter(({ turn }) => turn.changed).sort((a, b) => (a.turn.lead.id < b.turn.lead.id ? -1 : 1));
    await this.db.write([
      ...decided(jobs, answers),
      ...refusing(() => records(changed.map((entry) => ({ ...entry, ...this.#score(entry.turn.lead, at) })))),
      ...(desktop.roster.revision === roster.revision ? [] : [swapRoster(roster.revision, desktop.roster)]),
      ...effects(changed, at.getTime(), AGAIN),
    ]);
  }

  #capture({ work, received }: Job): Captured | undefined {
    return work.kind === "capture" ? this.engine.capture(work.mapping, work.text, new Date(received)) : undefined;
  }

  async #find(keys: LeadIdentity[]): Promise<Map<string, string>> {
    const rows = [...new Map(keys.map((key) => [named(key), [key.kind, key.value] as Value[]])).values()];
    const known = await readMany<LeadIdentity & { lead: string }>(
      this.db,
      rows,
      (list) => `SELECT kind, value, lead FROM lead_keys WHERE (kind, value) IN (VALUES ${list})`,
    );
    return new Map(known.map((row) => [named(row), row.lead]));
  }

  #person(person: CapturedPerson, job: Job, leads: Map<string, string>, entries: Map<string, Entry>, make: (id: string) => Entry): Person {
    if (person.identities.length === 0) return { lead: null, rank: null, points: 0, recorded: [], known: [] };
    const lead = person.identities.map((key) => leads.get(named(key))).find((id) => id !== undefined) ?? randomUUID();
    const entry = entries.get(lead) ?? make(lead);
    entries.set(lead, entry);
    const { recorded, known } = entry.turn.person(person);
    for (const key of person.identities) {
      if (!leads.has(named(key))) entry.found.push(key);
      leads.set(named(key), leads.get(named(key)) ?? lead);
    }
    const posted = job.urgent ? this.engine.apply({ id: lead }, person).lead : { id: lead };
    return { lead, ...this.#score(posted, new Date(job.received)), recorded, known };
  }

  #score(lead: Lead, at: Date): { rank: string | null; points: number } {
    const { rank, scores } = this.engine.assess(lead, at, { ledger: false });
    return { rank, points: Object.values(scores)[0]?.total ?? 0 };
  }

  /** Those that no other process has decided in the meantime. */
  async #waiting(jobs: Job[]): Promise<Job[]> {
    const ids = jobs.flatMap(({ id }) => (id === undefined ? [] : [[id]]));
    const rows = await readMany<{ id: string }>(this.db, ids, (list) => `SELECT id FROM inbox WHERE state = 'waiting' AND id IN (${list})`);
    const waiting = new Set(rows.map(({ id }) => id));
    return jobs.filter(({ id }) => id === undefined || waiting.has(id));
  }

  /** A dead letter, to be looked at by people; a lead that cannot be woken comes up again later. */
  async #aside({ id, work }: Job, why: IkuseiError, at: Date): Promise<void> {
    this.refused(why.code, work.kind);
    if (work.kind === "tick") {
      await this.db.write([{ sql: "UPDATE leads SET wakeup = $1 WHERE id = $2", values: [at.getTime() + ASIDE, work.lead] }]);
    } else if (work.kind === "hand_over") {
      await this.db.write([{ sql: "UPDATE inbox SET due = $1 WHERE id = $2", values: [at.getTime() + AGAIN, id!] }]);
    } else {
      const sql = "UPDATE inbox SET state = 'dead', outcome = $1 WHERE id = $2 AND state = 'waiting'";
      await this.db.write([{ sql, values: [why.message, id!] }]);
    }
  }
}

function take(turn: Turn, work: Exclude<Work, { kind: "capture" }>): void {
  if (work.kind === "input") turn.input(work.input);
  else if (work.kind === "respond") turn.respond(work.assignment, work.response);
  else if (work.kind === "hand_over") turn.handOver(work.policy);
  else turn.wake();
}

/** What the library refuses is refused for good; anything else is a fault of ours. */
function refusing<T>(decide: () => T): T {
  try {
    return decide();
  } catch (error) {
    throw error instanceof IkuseiError ? new Refused(error) : error;
  }
}
