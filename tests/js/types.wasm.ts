import init, { version } from "ikusei-wasm"; import slim from "ikusei-wasm/slim"; await init(); await slim(); const text: string = version(); console.log(text);
