import { init, Playbook, version } from "ikusei-wasm";
import sample from "./sample.json";

await init();
const engine = Playbook.parse(sample.playbook).compile();
globalThis.result = { version: version(), assessment: engine.assess(sample.args.lead, sample.args.at) };
