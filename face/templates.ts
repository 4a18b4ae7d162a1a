/** What templates say: messages for one lead, and previews of them. */

import { instant } from "./calls.js";
import { Nurturing } from "./nurturing.js";
import type { Effect, FieldValue, InstantLike, Lead, Rendered } from "./types.js";

/** What the host gives with a message: `unsubscribe_url`, `owner`, and what the template's `values` declare. */
export interface MessageValues {
  [name: string]: FieldValue;
}

/** How to preview a template. */
export interface PreviewOptions {
  /** The version; the first, if none is named. */
  version?: string;
  /** Values that come with the sending. */
  values?: MessageValues;
}

/** The part of an engine that makes messages. */
export abstract class Messaging extends Nurturing {
  /**
   * What a template says to a lead, without sending anything.
   *
   * Where a value that comes with the sending is not given, and where the lead lacks what the message needs, the merge
   * field stays in its place, and `fields` say so.
   *
   * @throws {CallError} for a template, a version or a value that the playbook does not have
   * @throws {LeadError} if the record is malformed, or a field is not of its declared type
   * @throws {EvaluationError} for a message that cannot be made
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/nurturing/playbook.yaml").compile();
   * const lead: Lead = { id: "lead-1", fields: { company: "<育成>" } };
   * const preview = engine.preview("seminar-b", lead, "2026-05-01T10:00:00+09:00");
   * console.log(preview.html?.split("\n")[0]); // <p>&lt;育成&gt;御中</p>
   * ```
   */
  preview(template: string, lead: Lead, at: InstantLike, options: PreviewOptions = {}): Rendered {
    return this.ask("preview", { template, lead, at: instant(at), ...options });
  }

  /**
   * The message of an effect that sends or invites, to be handed to whatever delivers it. Where the template says to skip
   * without a value that is missing, `outcome` is `skipped` and there is no text.
   *
   * @throws {EvaluationError} with every value that the message needs and neither the lead nor `values` have
   * @throws {CallError} for an effect that carries no message or is another lead's; otherwise as `preview`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/nurturing/playbook.yaml").compile();
   * const consent = { email: { status: "granted" as const } };
   * const lead: Lead = { id: "lead-1", fields: { email: "taro@acme.jp", company: "育成" }, consent };
   * const { effects } = engine.process(lead, { enrol: { scenario: "product-b" } }, "2026-05-01T10:00:00+09:00");
   * const links = { seat_url: "https://example.com/s", unsubscribe_url: "https://example.com/u" };
   * for (const effect of effects ?? []) {
   *   console.log(engine.render(effect, lead, links).subject); // 育成御中 製品Bセミナーのご案内
   * }
   * ```
   */
  render(effect: Effect, lead: Lead, values: MessageValues = {}): Rendered {
    return this.ask("render", { effect, lead, values });
  }
}
