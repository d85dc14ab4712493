//! Rules of the marketplace, over the world that the Platform API shares.

pub(crate) mod accounts;
mod approvals;
pub(crate) mod claims;
pub(crate) mod confirmations;
mod contracts;
mod credits;
pub(crate) mod feed;
mod hires;
pub(crate) mod in_app;
pub(crate) mod jobs;
mod messages;
mod proposals;
pub(crate) mod team;
pub(crate) mod views;

use serde_json::{Value, json};

use crate::kit::refusal::Refusal;

/// A 409 with its reason.
pub(crate) fn conflict(reason: &str, message: &str) -> Refusal {
    Refusal::conflict(message).with_details(json!({"reason": reason}))
}

/// A 404 that names its object.
fn unknown(what: &str, details: Value) -> Refusal {
    Refusal::not_found(what).with_details(details)
}
