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
  for_browser: (_, playbook, { scorecards, segments }) => playbook.forBrowser(scorecards, segments).toJSON(),
  assess: (_, playbook, { lead, at, ...options }) => playbook.compile().assess(lead, at, options),
  assess_many: async (face, playbook, { leads, at, ...options }) => {
    const results = await playbook.compile().assessMany(leads, at, options);
    return results.map((result) => (result instanceof Error ? { error: refusal(face, result) } : { ok: result }));
  },
  explain: (_, playbook, { lead, at, language }) => playbook.compile().explain(lead, at, language),
  memberships: (_, playbook, { lead, at }) => playbook.compile().memberships(lead, at),
  members: (_, playbook, { segment, leads, at }) => playbook.compile().members(segment, leads, at),
};

/** Whether the slim build can run a case: its playbook is JSON, needs nothing that the build leaves out, and is not cut. */
export function runsSlim({ playbook, slim, steps, ...only }) {
  return typeof playbook === "object" && slim !== false && (steps ?? [only]).every(({ call }) => call !== "for_browser");
}

/** Runs a case, in the slim build by images that the full one makes; throws an error that says what differs. */
export async function run(face, { playbook: text, library, overlays, steps, ...only }, full = face) {
  for (const [index, { call, args = {}, expect, error }] of (steps ?? [only]).entries()) {
    if (!Object.hasOwn(calls, call)) {
      throw new Error(`step ${index}: no call ${call}`);
    }
    let actual;
    try {
      const whole = full.Playbook.parse(text, { library: library ?? {}, overlays: overlays ?? [] });
      const playbook = full === face ? whole : face.Playbook.parse(whole.toImage());
      actual = { expect: await calls[call](face, playbook, args) };
    } catch (thrown) {
      actual = { error: refusal(thrown instanceof full.IkuseiError ? full : face, thrown) };
    }
    const [found, wanted] = [canonical(actual), canonical(error === undefined ? { expect } : { error })];
    if (found !== wanted) {
      throw new Error(`step ${index}, ${call}:\n  found    ${found}\n  expected ${wanted}`);
    }
  }
}
