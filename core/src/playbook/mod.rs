//! The document: text to a tree with places, overlays merged, the tree to typed structs, every problem located.

pub(crate) mod decode;
mod failure;
mod fill;
mod json;
mod merge;
pub(crate) mod node;
mod place;
pub(crate) mod source;
#[cfg(feature = "yaml")]
mod yaml;

#[cfg(test)]
mod tests;
