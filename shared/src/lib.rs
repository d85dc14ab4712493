//! The common crate of the bridge between OpenTrain and annotation tools.
//!
//! It knows what a delivery means and what follows from it, and nothing of the door it came through:
//! headers, bytes, messages and dates come in, never a Lambda or an HTTP server's type.

#[cfg(feature = "aws")]
pub mod aws;
pub mod clock;
pub mod config;
pub mod connection;
pub mod delivery;
pub mod http;
pub mod ids;
pub mod invitation;
pub mod ledger;
mod lenient;
pub mod notice;
pub mod opentrain;
pub mod person;
pub mod progress;
pub mod provision;
pub mod queue;
pub mod reconcile;
#[cfg(any(test, feature = "contract"))]
mod rules;
mod secret_file;
pub mod services;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod telemetry;
pub mod text;
pub mod tool;
pub mod usage;
