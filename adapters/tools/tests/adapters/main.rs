//! The adapters with the answers of servers, and their connections.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

mod doccano;
mod label_studio;
mod rest;
mod tls;
