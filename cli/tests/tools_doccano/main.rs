//! The bridge with a real doccano and the simulated OpenTrain. `make test-tools` installs doccano and runs these.

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

mod accounts;
mod admin;
mod check;
mod deletions;

mod notices;
mod server;
mod stage;
mod whole_loop;
