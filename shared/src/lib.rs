//! The common crate of the bridge between OpenTrain and annotation tools.
//!
//! It knows what a delivery means and what follows from it, and nothing of the door it came through:
//! headers, bytes, messages and dates come in, never a Lambda or an HTTP server's type.

pub mod app;
#[cfg(feature = "aws")]
pub mod aws;
pub mod config;
pub mod connection;
pub mod http;
pub mod ledger;
pub mod mail;
pub mod model;
pub mod notice;
pub mod opentrain;
pub mod provision;
pub mod queue;
pub mod reconcile;
#[cfg(any(test, feature = "contract"))]
mod rules;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod telemetry;
pub mod tool;
pub mod usage;
pub mod webhook;
