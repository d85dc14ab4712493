//! Plain data of the employer's side: accounts, advertisements, proposals, approvals, money, tokens and updates.

pub(crate) mod account;
pub(crate) mod ad;
pub(crate) mod approval;
pub(crate) mod feature;
pub(crate) mod hire;
pub(crate) mod message;
pub(crate) mod money;
pub(crate) mod profile;
pub(crate) mod proposal;
pub(crate) mod samples;
pub(crate) mod scope;
pub(crate) mod token;
pub(crate) mod update;
