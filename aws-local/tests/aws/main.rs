//! The stack: its template, its stores, and its functions as they are deployed. `make test-aws` runs what needs the emulator.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

mod stores;
mod story;
mod template;
