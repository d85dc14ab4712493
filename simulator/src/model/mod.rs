//! Plain data of OpenTrain, without rules: installs, jobs, contracts, events, deliveries.

pub(crate) mod app;
pub(crate) mod budget;
pub(crate) mod contract;
pub(crate) mod delivery;
pub(crate) mod event;
pub(crate) mod hold;
pub(crate) mod hook;
pub(crate) mod install;
pub(crate) mod job;
pub(crate) mod letter;
pub(crate) mod link;
pub(crate) mod milestone;
pub(crate) mod misuse;
pub(crate) mod options;
pub(crate) mod payment;
pub(crate) mod resend;
pub(crate) mod scope;
pub(crate) mod table;
pub(crate) mod trainer;
pub(crate) mod usage;
