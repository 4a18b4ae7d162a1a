/** What an engine does over time: scenarios that follow a lead, touch it and hand it over. */

import { instant } from "./calls.js";
import { Receiving } from "./capture.js";
import type { ConsentEvent } from "./capture.js";
import type { Activity, CampaignMembership, CloudEvent, Deal, FieldValue, InstantLike, Lead, Outcome } from "./types.js";

/** Something that happened to a lead, or to its clock. */
export type Input =
  /** It did something. One whose id is in the record changes nothing. */
  | { activity: Activity }
  /** What is known of it changed: values by field, null empties one. A change whose id came lately changes nothing. */
  | { patch: { id?: string; fields: { [name: string]: FieldValue } } }
  /** The host carried out an effect, or could not. */
  | { ack: { effect: string; status: "delivered" | "failed" | "bounced" | "refused" } }
  /** A deal came to a stage. */
  | { deal: Deal }
  /** Its part in a campaign. */
  | { campaign: CampaignMembership }
  /** What it allows changed. */
  | { consent: ConsentEvent }
  /** Enrol it by hand. An order whose id came lately changes nothing. */
  | { enrol: { scenario: string; id?: string } }
  /** Take it out of a scenario by hand. */
  | { leave: { scenario: string; id?: string } }
  /** Nothing but time. */
  | "tick";

/** What the gate is told besides. */
export interface ProcessOptions {
  /** Addresses, numbers and domains (`@rival.example`) to which nobody sends anything. */
  suppression?: readonly string[];
}

/** What an engine does over time. */
export abstract class Nurturing extends Receiving {
  /**
   * Takes an input into a record: what was due is caught up with, and whatever follows happens.
   *
   * Store `lead`, carry out `effects` and answer each with an `ack`, and call again at `next_wakeup` with `"tick"`. The
   * same input again changes nothing; replaying from any stored record gives effects with the same ids.
   *
   * @throws {LeadError} if the record is malformed, or a field is not of its declared type
   * @throws {CallError} for a scenario that the playbook does not have
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/nurturing/playbook.yaml").compile();
   * const lead: Lead = { id: "lead-1", fields: { email: "taro@acme.jp" }, consent: { email: { status: "granted" } } };
   * const at = "2026-05-01T10:00:00+09:00";
   * const download = { id: "e-1", kind: "download", at, properties: { product: "b" } };
   * const outcome = engine.process(lead, { activity: download }, at);
   * console.log(outcome.lead.enrolments?.map((enrolment) => enrolment.scenario)); // [ 'product-b' ]
   * ```
   */
  process(lead: Lead, input: Input, at: InstantLike, options: ProcessOptions = {}): Outcome {
    return this.ask("process", { lead, input, at: instant(at), ...options });
  }

  /**
   * The effects of the same call as CloudEvents (version 1.0), for a queue or a bus.
   *
   * @throws as `process`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/nurturing/playbook.yaml").compile();
   * const lead: Lead = { id: "lead-1", fields: { phone: "+81312345678" } };
   * const [event] = engine.effectEvents(lead, { enrol: { scenario: "product-a" } }, "2026-05-01T10:00:00+09:00");
   * console.log(event?.type); // ikusei.effect.call
   * ```
   */
  effectEvents(lead: Lead, input: Input, at: InstantLike, options: ProcessOptions = {}): CloudEvent[] {
    return this.ask("effect_events", { lead, input, at: instant(at), ...options });
  }
}
