"use strict";
const { readFileSync } = require("node:fs");
const face = require("./face.js");

function load() {
  const file = `./ikusei.${process.platform}-${process.arch}.node`;
  try {
    return require(file);
  } catch (cause) {
    const platform = `${process.platform} on ${process.arch}`;
    throw new Error(`ikusei has no build for ${platform} here; ikusei-wasm runs everywhere`, { cause });
  }
}

face.bind({ ...load(), readText: (path) => readFileSync(path, "utf8") });
for (const name of Object.keys(face).filter((name) => name !== "bind")) {
  exports[name] = face[name];
}
