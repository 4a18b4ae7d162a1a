//! Mappings: payloads of any provider become facts, as the playbook says.

pub(crate) mod compile;
mod path;
mod pick;
pub(crate) mod policy;
pub(crate) mod run;

#[cfg(test)]
mod tests;
