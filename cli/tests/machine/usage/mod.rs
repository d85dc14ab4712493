//! Reported work: trainers are hired through signed deliveries and work in the simulated tool, and the reports are read
//! back from the simulated OpenTrain.

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
