//! ikusei for JavaScript engines without native modules: handles, and JSON text across the border.

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the package.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// spike
#[wasm_bindgen]
pub fn spike(t: &str) -> String {
    match ikusei::Lead::from_json(t) { Ok(l) => l.to_json(), Err(e) => e.to_string() + &ikusei::normalize_text(t) }
}
