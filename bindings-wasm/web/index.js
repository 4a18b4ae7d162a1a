import load, * as native from "./ikusei.js";
import { bind } from "./face.js";

export { CallError, Engine, EvaluationError, IkuseiError, LeadError, Playbook, PlaybookError, analytics, migrate, readLead, version } from "./face.js";

let loading;

export function init(source) {
  loading ??= load(source === undefined ? undefined : { module_or_path: source }).then(
    () => bind(native),
    (error) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
