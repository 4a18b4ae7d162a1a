//! Writes the glue between a module and JavaScript: bindgen MODULE OUT web|nodejs

use anyhow::{Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [module, out, kind] = words.as_slice() else { bail!("usage: bindgen MODULE OUT web|nodejs") };
    let mut bindgen = Bindgen::new();
    match kind.as_str() {
        "web" => bindgen.web(true)?,
        "nodejs" => bindgen.nodejs(true)?,
        other => bail!("no kind {other}: web or nodejs"),
    };
    // A page that says nothing else loads the module from beside its glue.
    bindgen.omit_default_module_path(false);
    bindgen
        .input_path(module)
        .out_name("ikusei")
        .typescript(true)
        .remove_producers_section(true)
        .generate(out)
}
