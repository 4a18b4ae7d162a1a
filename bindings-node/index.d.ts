export { version } from "./face.js";
