//! Commands that operate a bridge: those that are hard to undo show their effects and ask first.

pub(crate) mod dead_letters;
mod events;
pub(crate) mod kit;
mod recorded;
mod safe;
pub(crate) mod tree;
mod trigger;
