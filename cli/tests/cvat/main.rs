//! The bridge with the simulated OpenTrain and a simulated CVAT. The simulator follows CVAT's published API, is strict
//! and has state: a real CVAT needs a stack of containers.

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

mod access;
mod calls;
mod check;
mod hidden;
mod invitations;
mod stage;
mod work;
