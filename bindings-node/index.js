"use strict";
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

face.bind(load());
exports.version = face.version;
