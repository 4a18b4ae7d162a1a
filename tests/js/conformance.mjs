// Runs a conformance case through the public face. Nothing of Node here: a page imports it as well.

/** JSON text with sorted keys: equal texts mean equal values. */
export function canonical(value) {
  return JSON.stringify(value, (_, part) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.keys(part).sort().map((key) => [key, part[key]]))
      : part,
  );
}

/** What a case says of an error: its kind, code and diagnostics. */
function refusal(face, error) {
  if (!(error instanceof face.IkuseiError)) {
    throw error;
  }
  const kind = error.constructor.name.replace("Error", "").toLowerCase();
  return { kind, code: error.code, diagnostics: error.diagnostics };
}

const calls = {
  parse: (_, playbook) => ({ name: playbook.name, fingerprint: playbook.fingerprint }),
  for_browser: (_, playbook, { scorecards, segments, captures }) => playbook.forBrowser(scorecards, segments, captures).toJSON(),
  migrate: (face, _, { from, data, text }) => face.migrate(from, text ?? JSON.stringify(data)),
  diff: (face, playbook, { other, leads, at, options }) =>
    playbook.diff(face.Playbook.parse(whole(other)), { ...(leads && { leads, at }), ...options }),
  assess: (_, playbook, { lead, at, ...options }) => playbook.compile().assess(lead, at, options),
  assess_many: async (face, playbook, { leads, at, ...options }) => {
    const results = await playbook.compile().assessMany(leads, at, options);
    return results.map((result) => (result instanceof Error ? { error: refusal(face, result) } : { ok: result }));
  },
  explain: (_, playbook, { lead, at, language, ...options }) => playbook.compile().explain(lead, at, language, options),
  memberships: (_, playbook, { lead, at }) => playbook.compile().memberships(lead, at),
  lead: (face, _, { lead }) => face.readLead(whole(lead)),
  timeline: (_, playbook, { lead, from, to, ...options }) => playbook.compile().timeline(lead, from, to, options),
  next_change: (_, playbook, { lead, at, ...options }) => playbook.compile().nextChange(lead, at, options),
  lint: (_, playbook, options) => playbook.lint(options),
  why: (_, playbook, { lead, at, ...options }) => playbook.compile().why(lead, at, options),
  why_not: (_, playbook, { lead, at, ...options }) => playbook.compile().whyNot(lead, at, options),
  what_would: (_, playbook, { lead, at, ...options }) => playbook.compile().whatWould(lead, at, options),
  receipt: (_, playbook, { lead, at, ...options }) => playbook.compile().receipt(lead, at, options),
  verify_receipt: (_, playbook, { lead, receipt, ...options }) => playbook.compile().verifyReceipt(lead, receipt, options),
  campaigns: (_, playbook, { leads, at, spend }) => playbook.compile().campaigns(leads, at, spend),
  score_lift: (_, playbook, { leads, at, options }) => playbook.compile().scoreLift(leads, at, options),
  backtest: (_, playbook, { candidate, leads, from, to, options }) => playbook.compile().backtest(candidate, leads, from, to, options),
  route: (_, playbook, { lead, roster, at, ...options }) => playbook.compile().route(lead, roster, at, options),
  route_many: async (face, playbook, { leads, roster, at, ...options }) => {
    const found = await playbook.compile().routeMany(leads, roster, at, options);
    const results = found.results.map((result) =>
      result instanceof Error ? { error: refusal(face, result) } : { ok: result },
    );
    return { results, roster: found.roster };
  },
  follow_up: (_, playbook, { lead, roster, at }) => playbook.compile().followUp(lead, roster, at),
  respond: (_, playbook, { lead, roster, assignment, response, at }) =>
    playbook.compile().respond(lead, roster, assignment, response, at),
  verify: (_, playbook, { roster, policy }) => playbook.compile().verify(roster, policy),
  rebalance: (_, playbook, { leads, roster, at, policy }) => playbook.compile().rebalance(leads, roster, at, policy),
  brief: (_, playbook, { lead, at, ...options }) => playbook.compile().brief(lead, at, options),
  members: (_, playbook, { segment, leads, at }) => playbook.compile().members(segment, leads, at),
  capture: (_, playbook, { mapping, at, text, payload, row }) =>
    row === undefined
      ? playbook.compile().capture(mapping, text ?? payload, at)
      : playbook.compile().captureRow(mapping, Object.fromEntries(row.header.map((name, index) => [name, row.cells[index]])), at),
  apply: (_, playbook, { lead, person }) => playbook.compile().apply(lead, person),
  reclassify: (_, playbook, { lead, activities, trust }) => playbook.compile().reclassify(lead, activities, trust),
  cleanse: (_, playbook, { fields, postal_codes }) => playbook.compile().cleanse(fields, postal_codes),
  cleanse_value: (_, playbook, { cleaner, value }) => playbook.compile().cleanseValue(cleaner, value),
  match: (_, playbook, { a, b }) => playbook.compile().match(a, b),
  merge: (_, playbook, { a, b, at }) => playbook.compile().merge(a, b, at),
  unmerge: (_, playbook, { lead, id }) => playbook.compile().unmerge(lead, id),
  dedupe: (_, playbook, { level, columns, ids, rows }) => {
    const table = rows.map((row, index) => Object.fromEntries([["#", ids[index]], ...row.map((cell, at) => [columns[at], cell])]));
    return playbook.compile().dedupe(table, { level, columns, id: "#" });
  },
  accounts: (_, playbook, { leads }) => playbook.compile().accounts(leads),
  consent: (_, playbook, { lead, event }) => playbook.compile().consent(lead, event),
  may_send: (_, playbook, { lead, channel, ...question }) => playbook.compile().maySend(lead, channel, question),
  forgotten: (_, playbook, { tombstones, ...event }) => playbook.compile().forgotten(tombstones, event),
  forget: (_, playbook, { lead, at }) => playbook.compile().forget(lead, at),
  read_vcards: (_, playbook, { text }) => playbook.compile().readVcards(text),
  read_card_lines: (_, playbook, { lines }) => playbook.compile().readCardLines(lines),
  process: (_, playbook, { lead, input, at, ...options }) => playbook.compile().process(lead, input, at, options),
  effect_events: (_, playbook, { lead, input, at, ...options }) => playbook.compile().effectEvents(lead, input, at, options),
  preview: (_, playbook, { template, lead, at, ...options }) => playbook.compile().preview(template, lead, at, options),
  render: (_, playbook, { effect, lead, values }) => playbook.compile().render(effect, lead, values),
  diagram: (_, playbook, { scenario, ...options }) => playbook.compile().diagram(scenario, options),
  step_counts: (_, playbook, { leads }) => playbook.compile().stepCounts(leads),
  simulate_lead: (_, playbook, { lead, simulation }) => playbook.compile().simulateLead(lead, simulation),
  simulate: (_, playbook, { leads, simulation }) => playbook.compile().simulate(leads, simulation),
  safe_cells: (_, playbook, { cells }) => playbook.compile().safeCells(cells),
};

/** What a runner found to differ. */
export class Difference extends Error {}

/** A text, whether given whole or by its lines; anything else as it is. */
const whole = (text) => (Array.isArray(text) ? text.join("\n") : text);

/** `score_lift` as JavaScript names it. */
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** The playbook of a case, read. */
export function open(face, { playbook, file: name, library = {}, overlays = [] }) {
  const texts = Object.fromEntries(Object.entries(library).map(([key, text]) => [key, whole(text)]));
  return face.Playbook.parse(whole(playbook), { ...(name && { name }), library: texts, overlays });
}

/** The case with its playbook in JSON, which the slim build can read; `face` is one that reads YAML. */
export function inJson(face, content) {
  const text = whole(content.playbook);
  if (typeof text !== "string" || text.startsWith("{")) {
    return content;
  }
  const { file, library, overlays, ...rest } = content;
  return { ...rest, playbook: open(face, content).toJSON() };
}

/** The steps of a case, each as a case of its own: every step starts from nothing but the playbook. */
function single({ steps, ...rest }) {
  return steps === undefined ? [rest] : steps.map((step) => ({ ...rest, ...step }));
}

/** Runs a case; throws a `Difference` that says what differs. */
export async function run(face, content) {
  let playbook;
  for (const [index, step] of single(content).entries()) {
    const { call, args = {}, expect, error } = step;
    const analysis = call.startsWith("analytics.") ? call.slice("analytics.".length) : undefined;
    if (analysis === undefined && !Object.hasOwn(calls, call)) {
      throw new Error(`step ${index}: no call ${call}`);
    }
    let actual;
    try {
      if (analysis !== undefined) {
        actual = { expect: face.analytics[camel(analysis)](args) };
      } else {
        // Read once for all steps: no call changes it. One that is refused is refused at every step.
        if (call !== "lead") {
          playbook ??= open(face, content);
        }
        actual = { expect: await calls[call](face, playbook, args) };
      }
    } catch (thrown) {
      actual = { error: refusal(face, thrown) };
    }
    const [found, wanted] = [canonical(actual), canonical(error === undefined ? { expect } : { error })];
    if (found !== wanted) {
      throw new Difference(`step ${index}, ${call}:\n  found    ${found}\n  expected ${wanted}`);
    }
  }
}

/** The value with the last digit of the first part that has one changed; the very same value where none has. */
function otherDigit(value) {
  if (typeof value === "number" || typeof value === "string") {
    const text = String(value).replace(/\d(?=\D*$)/, (digit) => (digit === "9" ? "8" : "9"));
    return typeof value === "number" ? Number(text) : text;
  }
  for (const [key, part] of value !== null && typeof value === "object" ? Object.entries(value) : []) {
    const other = otherDigit(part);
    if (other !== part) {
      return Array.isArray(value) ? value.with(key, other) : { ...value, [key]: other };
    }
  }
  return value;
}

/**
 * That this runner can fail: runs every step of a case with one digit of its expectation changed, and throws where that
 * is not told. Gives how many steps had a digit.
 */
export async function runSpoilt(face, content) {
  let count = 0;
  for (const { expect, error, ...step } of single(content)) {
    const spoilt = otherDigit(error === undefined ? { expect } : { error });
    if (canonical(spoilt) === canonical(error === undefined ? { expect } : { error })) {
      continue;
    }
    count += 1;
    const told = await run(face, { ...step, ...spoilt }).then(
      () => undefined,
      (problem) => problem,
    );
    if (!(told instanceof Difference)) {
      throw told ?? new Error(`passes with another digit: ${canonical(spoilt)}`);
    }
  }
  return count;
}
