//! sample
pub mod sample;
