//! The bridge between the simulated OpenTrain and a CVAT that is built from its published API, strict and
//! stateful: a real one needs a stack of containers.

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
