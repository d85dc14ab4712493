//! The server of OpenTrain: its APIs, the human's part, the pages, and the documents that describe them.

pub(crate) mod agent;
pub(crate) mod bodies;
pub(crate) mod calls;
pub(crate) mod control;
pub(crate) mod counts;
pub(crate) mod envelope;
pub(crate) mod llms;
pub(crate) mod openapi;
pub(crate) mod operation;
pub(crate) mod page;
pub(crate) mod pages;
pub(crate) mod param;
pub(crate) mod platform;
pub(crate) mod public;
pub(crate) mod router;
pub(crate) mod sandbox;
pub(crate) mod shared;
