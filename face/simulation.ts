/** What an author asks before scenarios go live: how they look, who came by where, and what would come of them. */

import { Messaging } from "./templates.js";
import type { DiagramFormat, Lead, LeadSimulation, Simulated, Simulation, StepCounts } from "./types.js";

/** How a scenario is drawn. */
export interface DiagramOptions {
  /** What it is written in: `svg`, a picture that needs nothing else, if absent. */
  format?: DiagramFormat;
  /** The language of its words: `en` if absent. */
  language?: "en" | "ja";
  /** How many leads came by each step: that of `stepCounts` or of a simulation. */
  counts?: { [scenario: string]: StepCounts };
}

/** The part of an engine for what is asked before scenarios go live. */
export abstract class Simulating extends Messaging {
  /**
   * A scenario as a picture: SVG that needs nothing else, or text for Mermaid or Graphviz.
   *
   * @throws {CallError} for a scenario that the playbook does not have
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/nurturing/playbook.yaml").compile();
   * console.log(engine.diagram("product-a", { format: "mermaid" }).split("\n")[0]); // flowchart TD
   * ```
   */
  diagram(scenario: string, options: DiagramOptions = {}): string {
    return this.ask("diagram", { scenario, ...options });
  }

  /**
   * How many leads came by each step of each scenario, by what their records say: of each lead its present passage, or its
   * last.
   *
   * @throws {LeadError} if a record is malformed
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/nurturing/playbook.yaml").compile();
   * const before: Lead = { id: "lead-1", fields: { phone: "+81312345678" } };
   * const { lead } = engine.process(before, { enrol: { scenario: "product-a" } }, "2026-05-01T10:00:00+09:00");
   * const counts = engine.stepCounts([lead])["product-a"];
   * console.log(counts?.steps["call"]?.left, counts?.steps["answer"]?.waiting); // 1 1
   * ```
   */
  stepCounts(leads: readonly Lead[]): { [scenario: string]: StepCounts } {
    return this.ask("step_counts", { leads });
  }

  /**
   * Lets one lead live through a stretch of time: the log is what calling `process` by hand would give, with every input and
   * at every wake-up.
   *
   * @throws {CallError} for what does not fit the playbook; otherwise as `process`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/nurturing/playbook.yaml").compile();
   * const { log } = engine.simulateLead({ id: "lead-1", fields: { phone: "+81312345678" } }, {
   *   from: "2026-05-01T00:00:00Z",
   *   to: "2026-06-01T00:00:00Z",
   *   history: [{ at: "2026-05-01T10:00:00+09:00", input: { enrol: { scenario: "product-a" } } }],
   * });
   * console.log(log.flatMap((step) => step.effects ?? []).map((effect) => Object.keys(effect.do)[0])); // [ 'call', 'notify' ]
   * ```
   */
  simulateLead(lead: Lead, simulation: Simulation): LeadSimulation {
    return this.ask("simulate_lead", { lead, simulation });
  }

  /**
   * Lets many leads live through a stretch of time, off the event loop where there are threads, and counts what comes of
   * it. The same seed of the model gives the same answers. Leads whose records do not fit the playbook are left out, and a
   * note says so.
   *
   * @throws {CallError} with every problem of the model; what `signal` aborts with; otherwise as `process`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/nurturing/playbook.yaml").compile();
   * const leads = Array.from({ length: 100 }, (_, i) => ({ id: `lead-${i}`, fields: { phone: "+81312345678" } }));
   * const from = "2026-05-01T10:00:00+09:00";
   * const history = leads.map(({ id }) => ({ lead: id, at: from, input: { enrol: { scenario: "product-a" } } }));
   * const answers = { queue: "inside-sales", reactions: [{ activity: "call_answered", chance: 0.5, after: "1d" }] };
   * const found = await engine.simulate(leads, { from, to: "2026-06-01T00:00:00Z", history, model: { responses: [answers] } });
   * console.log(found.analysis.figures?.["calls"], found.counts["product-a"]?.steps["call"]?.entered); // 100 100
   * ```
   */
  simulate(
    leads: readonly Lead[],
    simulation: Simulation,
    options: { signal?: AbortSignal } = {},
  ): Promise<Simulated> {
    return this.askLater("simulate", { leads, simulation }, options.signal);
  }
}
