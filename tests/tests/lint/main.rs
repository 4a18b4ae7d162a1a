//! What lint says to be impossible never happens, and what it shows is so.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod campaigns;
mod lives;
mod playbooks;
mod scenarios;
mod scores;
mod templates;
