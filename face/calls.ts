/** What the parts of an engine's face share. */

import type { InstantLike } from "./types.js";

/** An engine that can be asked; the parts of the face build upon it. */
export abstract class Calls {
  protected abstract ask<T>(method: string, args: object): T;

  /** The same off the event loop, where there are threads. */
  protected abstract askLater<T>(method: string, args: object, signal: AbortSignal | undefined): Promise<T>;
}

/** Once for all leads, and not through `JSON.stringify`, which takes longer over a `Date` than over a lead. @internal */
export function instant(at: InstantLike): string | null {
  return typeof at === "string" ? at : at.toJSON();
}
