//! What events lost, healed: ordered over the socket beside the database, asked of the simulated OpenTrain,
//! looked at in the simulated tool.

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
