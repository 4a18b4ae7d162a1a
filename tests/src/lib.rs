//! What the tests of all languages share on the Rust side.

pub mod fuzz;
pub mod generate;
