//! Error envelope of the Platform API and the Public API.

use axum::{http::StatusCode, response::Response};
use serde_json::json;

use super::{calls, shared::Shared};
use crate::kit::{call::Call, refusal::Refusal};

/// Renders the documented envelope, and records a violation.
pub(crate) fn refuse(shared: &Shared, call: &Call, refusal: Refusal) -> Response {
    let request_id = shared.counts.next_request_id();
    record(shared, call, &refusal);
    let mut body = json!({
        "error": refusal.message,
        "code": code(refusal.status),
        "requestId": request_id,
    });
    if let Some(details) = &refusal.details {
        body["details"] = details.clone();
    }
    let answer = refusal.answer(body);
    calls::with_refusal(answer, code(refusal.status), refusal)
}

pub(crate) fn record(shared: &Shared, call: &Call, refusal: &Refusal) {
    if refusal.violation {
        let method = call.method.as_str();
        let why = &refusal.message;
        shared.violations.record(method, &call.path, why);
    }
}

/// `code` of an error with this status.
pub(crate) fn code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        409 => "CONFLICT",
        429 => "RATE_LIMITED",
        400..=499 => "BAD_REQUEST",
        _ => "INTERNAL_ERROR",
    }
}
