//! Stores in memory, which outlive the processes.

pub(crate) mod connections;
pub(crate) mod queue;
pub(crate) mod table;
