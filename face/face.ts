/** The typed face of both JavaScript packages. It converts and documents; the work is the engine's. */

/** What a binding gives the face: handles, and JSON text across the border. @internal */
export interface Native {
  version(): string;
}

let native: Native | undefined;

/** Puts the face before a loaded binding. @internal */
export function bind(loaded: Native): void {
  native = loaded;
}

function bound(): Native {
  if (native === undefined) {
    throw new Error("ikusei is not loaded yet: await init() first");
  }
  return native;
}

/** The version of the package. */
export function version(): string {
  return bound().version();
}
