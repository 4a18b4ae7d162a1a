import ikusei from "./index.js";

export default ikusei.default;
export const { version } = ikusei;
