/** What the face stands on: the handles of a binding, and JSON text across the border. */

/** What a binding gives the face: handles, and JSON text across the border. @internal */
export interface Native {
  version(): string;
  openLead(json: string): string;
  parseLead(json: string): string;
  Playbook: { open(args: string): NativePlaybook };
  /** Absent in the slim browser build. */
  analytics?(method: string, args: string): string;
  /** Absent in the slim browser build. */
  migrate?(args: string): string;
  /** Where the binding can read files. */
  readText?(path: string): string;
}

/** @internal */
export interface NativePlaybook {
  name(): string;
  fingerprint(): string;
  toText(): string;
  compile(): NativeEngine;
  forBrowser(args: string): NativePlaybook;
  /** Absent in the slim browser build. */
  diff?(other: NativePlaybook, args: string): string;
  free(): void;
}

/** @internal */
export interface NativeEngine {
  fingerprint(): string;
  call(method: string, args: string): string;
  /** An assessment in brief, of a lead's text and at an instant or its milliseconds; null where it is refused. */
  assess?(lead: string, at: string | number): string | null;
  /** The names of the declared fields, in the order of a packed lead's cells. Where the binding takes packed leads. */
  fieldNames?(): string[];
  /** What `assess` gives, of a packed lead. */
  assessPacked?(texts: string, cells: Float64Array, at: string | number): string | null;
  /** What packed leads come to; null where they are refused as a whole. */
  assessPackedLater?(
    texts: string,
    cells: Float64Array,
    at: string | number,
    signal?: AbortSignal,
  ): Promise<{ at: string; rows: Float64Array; frames: string } | null>;
  /** Another handle, which `free` leaves alone. */
  share?(): NativeEngine;
  /** Where the binding has threads. */
  callLater?(method: string, args: string, signal?: AbortSignal): Promise<string>;
  /** Where the binding has threads and Arrow. */
  assessTable?(
    leads: Uint8Array,
    activities: Uint8Array | undefined,
    args: string,
    signal?: AbortSignal,
  ): Promise<{ table: Uint8Array; report: string }>;
  /** Where the binding has threads and Arrow. */
  activityState?(
    added: Uint8Array,
    state: Uint8Array | undefined,
    args: string,
    signal?: AbortSignal,
  ): Promise<{ table: Uint8Array; report: string }>;
  free(): void;
}

let native: Native | undefined;

/** Puts the face before a loaded binding. @internal */
export function bind(loaded: Native): void {
  native = loaded;
}

/** The binding. @internal */
export function bound(): Native {
  if (native === undefined) {
    throw new Error("ikusei is not loaded yet: await init() first");
  }
  return native;
}
