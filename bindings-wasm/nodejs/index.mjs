import ikusei from "./index.js";

export default ikusei.default;
export const { CallError, Engine, EvaluationError, IkuseiError, LeadError, Playbook, PlaybookError, version } = ikusei;
