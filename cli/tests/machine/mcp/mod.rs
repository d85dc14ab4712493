//! `bridge mcp`, as a client speaks to it.

pub(crate) mod client;
mod reads;
mod tools;
mod writes;
