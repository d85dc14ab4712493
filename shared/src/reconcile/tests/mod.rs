//! The pure parts as values, and random histories over a table, a queue and a tool in memory.

mod floor;
mod histories;
mod model;
mod pure;
mod rig;
