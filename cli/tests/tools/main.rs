//! The bridge with real annotation tools and the simulated OpenTrain. `make test-tools` installs the tools and runs these.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;
mod doccano;
mod label_studio;
