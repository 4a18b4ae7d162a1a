import ikusei from "./index.js";

export const { version } = ikusei;
