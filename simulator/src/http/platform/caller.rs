//! The caller of a request that passed its gates.

use jiff::Timestamp;

use crate::http::operation::Request;

/// A request with a valid token, install, app and scope.
pub(crate) struct Caller<'a> {
    pub(super) request: Request<'a>,
    pub(super) install: String,
}

impl Caller<'_> {
    pub(super) fn id(&self) -> &str {
        self.request.id()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.request.now
    }
}
