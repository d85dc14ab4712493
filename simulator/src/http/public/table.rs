//! The calls of the Public API.

use super::{
    access::PublicGroup, accounts, board, contracts, credits, drafts, jobs, messages, proposals,
    team, updates, webhooks,
};
use crate::http::openapi::{Api, ErrorForm};

pub(crate) const API: Api = Api {
    title: "OpenTrain Public API (sandbox)",
    about: "What an employer's agent calls: jobs, proposals, hires, contracts, messages and money. A token comes \
            from /api/agent, whose calls are described by /api/agent/openapi.json, or from a human: POST \
            /sandbox/tokens.",
    base: "/api/public/v1",
    errors: ErrorForm::Envelope,
};

/// Every call.
pub(crate) static CALLS: &[PublicGroup] = &[
    accounts::GROUP,
    drafts::GROUP,
    jobs::GROUP,
    board::GROUP,
    proposals::GROUP,
    messages::GROUP,
    contracts::GROUP,
    credits::GROUP,
    team::GROUP,
    updates::GROUP,
    webhooks::GROUP,
];
