//! Work, reported: done in the simulated tool, hired through signed deliveries, read back from the
//! simulated OpenTrain.

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

mod books;
mod by_hand;
mod contracts;
mod crash;
mod days;
mod last;
mod last_run;
mod odd;
mod refusals;
mod sent;
mod skipped;
