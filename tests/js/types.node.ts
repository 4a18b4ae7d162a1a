import { version } from "ikusei"; const text: string = version(); console.log(text);
