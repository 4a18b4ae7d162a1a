import init, { version } from "ikusei-wasm";

await init();
globalThis.result = { version: version() };
