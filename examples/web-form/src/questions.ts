/** Which question comes next: the one whose answer would matter most for the rank. */

import type { Lead } from "ikusei-wasm/slim";
import type { Reader } from "./reader";

/** A question, its field in the playbook and the control that answers it. */
export interface Question {
  id: string;
  field: string;
  controls: readonly string[];
}

export const questions: readonly Question[] = [
  { id: "industry", field: "industry", controls: ["industry"] },
  { id: "size", field: "employees", controls: ["employees"] },
  { id: "timing", field: "timing", controls: ["timing"] },
  { id: "role", field: "role", controls: ["role"] },
  { id: "place", field: "prefecture", controls: ["zip", "prefecture", "address"] },
  { id: "interests", field: "interests", controls: ["interests"] },
];

/** A question, and the most points that an answer to it would add. */
export interface Next {
  question: Question;
  most: number;
}

/**
 * The question whose best answer leads to the best rank, and among those the one that adds the most points; none if all
 * the answers together could not change the rank. Every answer is tried by scoring: dozens of assessments, a millisecond.
 */
export function next(reader: Reader, lead: Lead, open: readonly Question[]): Next | undefined {
  const now = reader.score(lead, {});
  const tried = open.map((question) => {
    const tries = reader.answers(question.field).map((answer) => ({ answer, ...reader.score(lead, { [question.field]: answer }) }));
    const best = tries.reduce((a, b) => (b.total > a.total ? b : a), { answer: null, ...now });
    return { question, ...best, most: best.total - now.total };
  });
  const helpful = tried.filter(({ most }) => most > 0);
  const all = Object.fromEntries(helpful.map(({ question, answer }) => [question.field, answer]));
  if (reader.score(lead, all).place === now.place) {
    return undefined;
  }
  return helpful.reduce<(typeof helpful)[number] | undefined>((a, b) => (a === undefined || b.place < a.place || (b.place === a.place && b.most > a.most) ? b : a), undefined);
}
