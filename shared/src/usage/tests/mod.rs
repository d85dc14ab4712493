//! Reports over a ledger, a tool and an OpenTrain in memory: no server, no disk, and a clock that is moved by hand.

mod act;
mod clocks;
mod histories;
mod last;
mod leases;
mod lost;
mod model;
mod moves;
mod rig;
mod vanished;
