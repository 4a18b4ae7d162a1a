//! Writes the bundled sample anew: `cargo run -p pipeline --bin make-sample`.

use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let sample = pipeline::sample::Sample::generate()?;
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("leads.csv"), &sample.leads)?;
    std::fs::write(folder.join("activities.csv"), &sample.activities)?;
    Ok(())
}
