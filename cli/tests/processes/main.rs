//! `bridge` as a process: settings, start and end, and the commands next to it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where it is surprised, in its helpers too"
)]

#[path = "../common/mod.rs"]
mod common;

mod admin;
mod alerts;
mod chaos;
mod commands;
mod death;
mod disk;
mod files;
mod health;
mod host;
mod invocations;
mod kit;
mod log;
mod manual;
mod network;
mod rehearse;
mod restore;
mod sandbox;
mod service;
mod settings;
mod slow_clients;
mod sources;
