//! Commands that operate a bridge: those that are hard to undo show their effects and ask first.

mod kit;
mod safe;
mod tree;
mod trigger;
