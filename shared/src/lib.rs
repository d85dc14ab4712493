//! The common crate of the bridge between OpenTrain and annotation tools: rules, use cases and stores. Entry points pass
//! it headers, bytes, messages and dates, never types of Lambda or of an HTTP server.

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
