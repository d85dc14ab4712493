//! The operator's commands on a deployed stack: the real `bridge` with emulated AWS, a simulated OpenTrain and a
//! simulated tool.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

mod console;
#[path = "../common/console.rs"]
#[allow(dead_code, reason = "other test binaries use the rest")]
mod console_kit;
mod hints;
#[path = "../common/listener.rs"]
#[allow(dead_code, reason = "other test binaries use the rest")]
mod listener;
mod operate;
mod refused;
mod scene;
mod shell;
mod statements;
mod whole_loop;
