import { type Assessment, type Diagnostic, Engine, IkuseiError, type Lead, Playbook, PlaybookError, readLead, version } from "ikusei";

const lead: Lead = {
  id: "lead-1",
  fields: { industry: "製造業", employees: 320, visited: new Date(0), tags: ["a"] },
  activities: [{ id: "e1", kind: "page_view", at: new Date(), properties: { url: "/pricing" } }],
};

export async function assess(text: string): Promise<number> {
  using engine: Engine = Playbook.parse(text, { overlays: ["tokyo"] }).compile();
  const assessment: Assessment = engine.assess(lead, "2026-05-01T09:00:00+09:00", { ledger: true });
  const ledger = assessment.scores["overall"]?.ledger ?? [];
  const results = await engine.assessMany([lead], new Date(), { signal: new AbortController().signal });
  const refused: IkuseiError[] = results.filter((result) => result instanceof IkuseiError);
  return ledger.reduce((sum, entry) => sum + entry.points, 0) + refused.length;
}

export async function assessTable(engine: Engine, leads: Uint8Array): Promise<number> {
  const { table, report } = await engine.assessTable(leads, new Date(), { segments: "list", ledger: { top: 3 } });
  return table.byteLength + report.rows + engine.plan({ figures: "total" }).steps.length;
}

export async function activityState(engine: Engine, added: Uint8Array): Promise<number> {
  const first = await engine.activityState(added, new Date());
  const { table, report } = await engine.activityState(added, new Date(), { state: first.table, bad_rows: "empty" });
  return table.byteLength + report.kept + report.expired;
}

export function problems(text: string): readonly Diagnostic[] {
  try {
    Playbook.parse(text).forBrowser(["overall"]).free();
    return [];
  } catch (error) {
    if (error instanceof PlaybookError) {
      return error.diagnostics;
    }
    throw error;
  }
}

// @ts-expect-error: a key that a lead does not have
export const wrong: Lead = { id: "lead-1", feilds: {} };

export const read: Lead[] = [readLead(lead), readLead('{"id": "lead-1"}')];

export const text: string = version();
