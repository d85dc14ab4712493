//! The bridge of one machine and its commands, between a simulated OpenTrain and a simulated tool.

#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

mod alerts;
mod attention;
mod audit;
#[path = "../common/mod.rs"]
mod common;
mod console;
mod cvat;
mod documents;
mod explain;
mod in_process;
mod json;
mod mcp;
mod notices;
mod operate;
mod outputs;
mod population;
mod reconcile;
mod restore;
mod setup;
mod status;
mod tools_table;
mod usage;
