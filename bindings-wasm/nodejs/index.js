"use strict";
const { readFileSync } = require("node:fs");
const face = require("./face.js");

face.bind({ ...require("./ikusei.js"), readText: (path) => readFileSync(path, "utf8") });
exports.init = () => Promise.resolve();
for (const name of Object.keys(face).filter((name) => name !== "bind")) {
  exports[name] = face[name];
}
