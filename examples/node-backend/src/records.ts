/** What decisions come to, as statements of one transaction. */

import type { LeadIdentity, Roster } from "ikusei";
import { randomUUID } from "node:crypto";

import { many, type Statement, type Value } from "./db.js";
import type { Turn } from "./turn.js";
import type { Job } from "./work.js";

/** A lead while it is decided about. */
export interface Entry {
  turn: Turn;
  /** The revision that the decision starts from; 0 for a record that there is not. */
  from: number;
  found: LeadIdentity[];
}

/** A key as one text. */
export const named = ({ kind, value }: LeadIdentity): string => `${kind}\0${value}`;

/** Events are decided once: whoever comes second finds them done. What they said is kept no longer than needed. */
export function decided(jobs: Job[], answers: string[]): Statement[] {
  const rows = jobs.flatMap(({ id }, place) => (id === undefined ? [] : [[id, answers[place]!]]));
  const done = (list: string) => `UPDATE inbox SET state = 'done', work = '', outcome = v.column2 FROM (VALUES ${list}) AS v
    WHERE inbox.id = v.column1 AND inbox.state = 'waiting'`;
  return many(rows, done, true);
}

/** Records with what stands beside them; somebody who wrote one in the meantime sends us back. */
export function records(changed: (Entry & { rank: string | null; points: number })[]): Statement[] {
  const rows = changed.map(({ turn, from, rank, points }): Value[] => {
    return [turn.lead.id, from + 1, JSON.stringify(turn.lead), rank ?? "", points, turn.owner(), turn.wakeup()];
  });
  const swap = (list: string) => `INSERT INTO leads (id, revision, record, rank, points, owner, wakeup) VALUES ${list}
    ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, record = excluded.record, rank = excluded.rank,
      points = excluded.points, owner = excluded.owner, wakeup = excluded.wakeup
    WHERE leads.revision = excluded.revision - 1`;
  // By their order, so that no two processes wait for each other. So does a key that somebody else gave away.
  const keys = changed
    .flatMap(({ turn, found }) => found.map((key) => ({ key, lead: turn.lead.id })))
    .sort((a, b) => (named(a.key) < named(b.key) ? -1 : 1));
  const give = (list: string) => `INSERT INTO lead_keys (kind, value, lead) VALUES ${list} ON CONFLICT (kind, value) DO NOTHING`;
  return [...many(rows, swap, true), ...many(keys.map(({ key, lead }) => [key.kind, key.value, lead]), give, true)];
}

/** The roster, if it is still the one that was read. */
export const swapRoster = (from: number, roster: Roster): Statement => ({
  sql: "UPDATE roster SET body = $1, revision = $2 WHERE id = 1 AND revision = $3",
  values: [JSON.stringify(roster), roster.revision, from],
  expect: 1,
});

/** What is to go out, and hand-overs to be tried again. */
export function effects(changed: Entry[], now: number, pause: number): Statement[] {
  const out = changed.flatMap(({ turn }) => turn.out.map((row) => [row.effect, row.lead, row.kind, JSON.stringify(row), now, 0, "waiting", ""]));
  const again = changed.flatMap(({ turn }) => turn.again.map((work) => [randomUUID(), JSON.stringify(work), 0, now, now + pause, 0, "waiting", ""]));
  return [
    ...many(out, (list) => `INSERT INTO outbox (effect, lead, kind, body, due, tries, state, trouble) VALUES ${list} ON CONFLICT (effect) DO NOTHING`, false),
    ...many(again, (list) => `INSERT INTO inbox (id, work, urgent, received, due, tries, state, outcome) VALUES ${list}`, false),
  ];
}
