//! The common crate of the bridge between OpenTrain and annotation tools: rules, use cases and stores. Entry points pass
//! it headers, bytes, messages and dates, never types of Lambda or of an HTTP server.

#![cfg_attr(
    not(feature = "services"),
    allow(
        dead_code,
        unused_imports,
        reason = "intake is built without the use cases that call the rest"
    )
)]

pub mod app;
#[cfg(feature = "aws")]
pub mod aws;
pub mod config;
pub mod connection;
pub mod http;
pub mod ledger;
#[cfg(feature = "services")]
pub mod mail;
pub mod model;
#[cfg(feature = "services")]
pub mod notice;
pub mod opentrain;
#[cfg(feature = "services")]
pub mod provision;
pub mod queue;
#[cfg(feature = "services")]
pub mod reconcile;
#[cfg(any(test, feature = "contract"))]
mod rules;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod telemetry;
pub mod tool;
#[cfg(feature = "services")]
pub mod usage;
pub mod webhook;
