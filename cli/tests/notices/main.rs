//! Budget notices, by the front door: work is reported to OpenTrain, and the tool's notice is looked at.
//!
//! OpenTrain, the tool and the chat channel are simulated, over real HTTP; the bridge is as
//! `bridge serve` runs it, in this process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;

mod channel;
mod command;
mod crossings;
mod failures;
mod order;
mod overtaken;
mod posts;
mod scene;
mod shared_projects;
