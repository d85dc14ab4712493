//! OpenTrain, a tool and a bridge for one test, and helpers for them.
#![allow(
    dead_code,
    reason = "each test binary uses another part of the vocabulary"
)]

pub(crate) mod bench;
pub(crate) mod canaries;
pub(crate) mod command;
pub(crate) mod console;
pub(crate) mod customer;
pub(crate) mod events;
pub(crate) mod floor;
pub(crate) mod listener;
pub(crate) mod mailbox;
pub(crate) mod post;
pub(crate) mod table;
pub(crate) mod wait;
pub(crate) mod world;
