//! The caller of a request that passed its gates.

use jiff::Timestamp;
use serde_json::json;

use crate::{
    http::operation::Request,
    kit::refusal::Refusal,
    market::data::{scope::TokenScope, token::Actor},
};

/// A request with a valid token that passed the gates of its call.
pub(crate) struct Caller<'a> {
    pub(crate) request: Request<'a>,
    pub(crate) actor: Actor,
}

impl Caller<'_> {
    pub(super) fn organization(&self) -> &str {
        &self.actor.organization
    }

    pub(super) fn now(&self) -> Timestamp {
        self.request.now
    }

    pub(super) fn id(&self) -> &str {
        self.request.id()
    }
}

/// A 403 for a missing scope.
pub(super) fn lacks(granted: &[TokenScope], required: &[TokenScope]) -> Refusal {
    let details = json!({"requiredScopes": required, "grantedScopes": granted});
    Refusal::forbidden("the token lacks the scope").with_details(details)
}
