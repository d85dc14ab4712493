//! Work, reported: done in the simulated tool, hired through signed deliveries, read back from the
//! simulated OpenTrain.

pub(crate) mod books;
mod by_hand;
mod contracts;
mod crash;
mod days;
mod last;
mod last_run;
mod odd;
mod refusals;
mod sent;
mod skipped;
