//! ikusei for JavaScript engines without native modules: handles, and JSON text across the border.
//!
//! Whatever is refused is thrown as the facade's error envelope; the typed face makes an error of it.

use ikusei::api;
use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the package.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Reads a lead record that is data: see [`api::open_lead`]. Gives it as it is written back.
///
/// # Errors
/// The error envelope.
#[wasm_bindgen(js_name = openLead)]
pub fn open_lead(json: &str) -> Result<String, String> {
    api::open_lead(json).map(|lead| lead.to_json())
}

/// Reads a lead record that is text: see [`api::parse_lead`]. Gives it as it is written back.
///
/// # Errors
/// The error envelope.
#[wasm_bindgen(js_name = parseLead)]
pub fn parse_lead(json: &str) -> Result<String, String> {
    api::parse_lead(json).map(|lead| lead.to_json())
}

/// Calls an analysis: see [`api::call_analytics`]; the answer is an envelope.
#[cfg(feature = "analytics")]
#[wasm_bindgen]
#[must_use]
pub fn analytics(method: &str, args: &str) -> String {
    api::call_analytics(method, args)
}

/// A playbook that has been read and checked.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Playbook(ikusei::Playbook);

#[wasm_bindgen]
impl Playbook {
    /// Opens a playbook: see [`api::open_playbook`].
    ///
    /// # Errors
    /// The error envelope.
    pub fn open(args: &str) -> Result<Playbook, String> {
        api::open_playbook(args).map(Self)
    }

    /// Compiles it.
    ///
    /// # Errors
    /// The error envelope.
    pub fn compile(&self) -> Result<Engine, String> {
        api::compile(&self.0).map(Engine)
    }

    /// Cuts it to what a page may see: see [`api::cut_for_browser`].
    ///
    /// # Errors
    /// The error envelope.
    #[wasm_bindgen(js_name = forBrowser)]
    pub fn for_browser(&self, args: &str) -> Result<Playbook, String> {
        api::cut_for_browser(&self.0, args).map(Self)
    }

    /// What another playbook changes in it: see [`api::diff_playbooks`]; the answer is an envelope.
    #[cfg(feature = "full")]
    #[must_use]
    pub fn diff(&self, other: &Playbook, args: &str) -> String {
        api::diff_playbooks(&self.0, &other.0, args)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        self.0.name().to_owned()
    }

    /// What identifies it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint().to_owned()
    }

    /// The whole of it as a JSON document.
    #[must_use]
    #[wasm_bindgen(js_name = toText)]
    pub fn to_text(&self) -> String {
        self.0.to_json()
    }
}

/// A compiled playbook.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine(ikusei::Engine);

#[wasm_bindgen]
impl Engine {
    /// What identifies its playbook.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint().to_owned()
    }

    /// Calls a method: see [`api::call_engine`]; the answer is an envelope.
    #[must_use]
    pub fn call(&self, method: &str, args: &str) -> String {
        api::call_engine(&self.0, method, args)
    }
}
