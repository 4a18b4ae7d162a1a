//! ikusei for Node: handles, and JSON text across the border.

use napi_derive::napi;

/// The version of the package.
#[napi]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
