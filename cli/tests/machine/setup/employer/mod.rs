//! `bridge employer` as a process, between an employer and a simulated OpenTrain. No output contains a token.

mod claim;
mod drafts;
mod journey;
mod kit;
mod money;
mod refusals;
mod secrets;
mod talk;
