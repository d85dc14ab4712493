//! Commands that operate a bridge: those that are hard to undo show their effects and ask first.

mod dead_letters;
mod events;
mod kit;
mod recorded;
mod safe;
mod tree;
mod trigger;
