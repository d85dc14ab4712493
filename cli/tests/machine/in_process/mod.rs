//! The main function from end to end: a signed delivery is sent, and the tool's members are checked.
//!
//! OpenTrain and the tool are simulated, over real HTTP; the bridge is as `bridge serve` runs it, in
//! this process. At the end of each test nothing may be left over (`World::close`).

mod access;
mod addresses;
mod batches;
mod claims;
mod closed;
mod cost;
mod emails;
mod ends;
mod failures;
mod intake;
mod isolation;
mod leases;
mod links;
mod model;
mod newer;
mod order;
mod orphans;
mod pace;
mod recorded;
mod redriven;
mod refusals;
mod seats;
mod signatures;
mod standing_apart;
mod stores;
