import ikusei from "./index.js";

export const { CallError, Engine, EvaluationError, IkuseiError, LeadError, Playbook, PlaybookError, analytics, init, migrate, readLead, version } = ikusei;
