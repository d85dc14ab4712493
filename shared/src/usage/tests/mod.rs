//! Reports over a ledger, a tool and an OpenTrain in memory: no server, no disk, and a clock that is moved by hand.

mod histories;
mod leases;
mod model;
mod rig;
mod vanished;
