//! Repair of differences that lost events left: requested over the socket beside the database, read from the simulated
//! OpenTrain, and checked in the simulated tool.

mod command;
mod documents;
mod dry;
mod emails;
mod endpoints;
mod guard;
mod hires;
mod installs;
pub(crate) mod kit;
mod links;
mod operator;
mod outdated;
mod random;
mod schedule;
mod statements;
mod unreadable;
mod verify;
