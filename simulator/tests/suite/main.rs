//! Tests of each documented rule, through HTTP.

#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but does not recognise these helpers as tests"
)]

mod access;
mod budgets;
mod contracts;
mod control;
mod deliveries;
mod documents;
mod employer;
mod endpoints;
mod faults;
mod ladder;
mod links;
mod pages;
mod scale;
mod signature;
mod strictness;
mod support;
mod tool;
mod usage;
