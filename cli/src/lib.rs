//! The operator's commands, and the whole bridge on one machine over SQLite.

pub mod args;
pub mod audit;
pub mod backup;
pub mod bar;
pub mod budget;
pub mod check_tool;
pub mod confirm;
#[cfg(feature = "console")]
pub mod console;
pub mod control;
pub mod dead_letters;
#[cfg(feature = "sandbox")]
pub mod demo;
mod document;
pub mod employer;
pub mod events;
pub mod exit;
pub mod explain;
pub mod invitations;
mod losing;
pub mod manual;
#[cfg(feature = "mcp")]
pub mod mcp;
mod new_file;
pub mod onboard;
pub mod paint;
pub mod reconcile;
pub mod rehearse;
pub mod retry;
pub mod samples;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod schemas;
mod screen;
pub mod serve;
pub mod server;
pub mod settings;
pub mod setup;
pub mod statement;
pub mod status;
pub mod targets;
pub mod trigger;
pub mod usage;
mod version;
mod web;
mod worker;
