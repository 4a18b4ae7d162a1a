export * from "./face.js";

/**
 * Loads the module; nothing else works before. Further calls return the same promise.
 *
 * @param source the compiled module or where it lies, where it is not beside this file
 */
export function init(
  source?: string | URL | Request | Response | ArrayBuffer | WebAssembly.Module | Promise<Response>,
): Promise<void>;
