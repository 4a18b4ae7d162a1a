//! The main job of ikusei as a program: a playbook, leads and what they did in; scores, ranks and segments out.
//!
//! The library part holds what the program and its sample generator share. The program's own text is in
//! `README.md` beside it.

pub mod args;
pub mod import;
pub mod input;
pub mod note;
pub mod playbook;
pub mod problem;
pub mod report;
pub mod run;
pub mod sample;
pub mod scores;
pub mod summary;
pub mod words;
