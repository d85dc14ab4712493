//! The desk: all state of the sandbox, and what people do in it.

pub(super) mod approvals;
pub(super) mod calls;
pub(super) mod contract;
pub(super) mod contracts;
pub(super) mod deliveries;
pub(super) mod delivery;
pub(super) mod endpoints;
mod faults;
pub(super) mod installs;
pub(super) mod job;
pub(super) mod jobs;
pub(super) mod limits;
pub(super) mod start;
mod steps;
