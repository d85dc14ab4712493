//! The bridge with a real Label Studio and the simulated OpenTrain. `make test-tools` installs Label Studio and runs
//! these.

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
    pub(crate) mod mailbox;
    pub(crate) mod post;
    pub(crate) mod world;
}

mod accounts;
mod browser;
mod check;
mod figures;
mod members;
mod notices;
mod own_work;
mod people;
mod removal;
mod server;
mod size;
mod stage;
mod whole_loop;
