//! What events lost, healed: ordered over the socket beside the database, asked of the simulated OpenTrain,
//! looked at in the simulated tool.

#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

#[path = "../common"]
#[allow(
    dead_code,
    reason = "each test binary uses another part of the vocabulary"
)]
mod common {
    pub(crate) mod canaries;
    pub(crate) mod events;
    pub(crate) mod post;
    pub(crate) mod world;
}

mod command;
mod documents;
mod dry;
mod emails;
mod endpoints;
mod guard;
mod hires;
mod installs;
mod kit;
mod links;
mod operator;
mod outdated;
mod random;
mod schedule;
mod statements;
mod unreadable;
mod verify;
