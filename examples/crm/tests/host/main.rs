//! Whole hosts, spoken to over HTTP as others speak to them.

#[cfg(test)]
mod common;
#[cfg(test)]
mod hooks;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod load;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod security;
#[cfg(test)]
mod together;
