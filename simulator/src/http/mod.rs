//! The server of OpenTrain: its APIs, the human's part, the pages, and the documents that describe them.

mod agent;
mod bodies;
mod calls;
mod control;
mod counts;
mod envelope;
mod llms;
mod openapi;
mod operation;
mod page;
mod pages;
mod param;
pub(crate) mod platform;
mod public;
pub(crate) mod router;
mod sandbox;
pub(crate) mod shared;
