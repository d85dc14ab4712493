//! Error answers to requests.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

/// Reason for an error answer, which each server renders in its own envelope.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) details: Option<Value>,
    /// Whether the request is undocumented.
    pub(crate) violation: bool,
    /// The methods that the path has, for the header `Allow` of a 405.
    allow: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            details: None,
            violation: false,
            allow: None,
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{what} not found"))
    }

    /// A 405 for a known path with another method, which violates the contract.
    pub(crate) fn not_allowed(methods: &[&str]) -> Self {
        let message = "the path has no such method";
        Self {
            allow: Some(methods.join(", ")),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, message).into_violation()
        }
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// A 400 that also violates the contract.
    pub(crate) fn violation(message: impl Into<String>) -> Self {
        Self::bad(message).into_violation()
    }

    pub(crate) fn into_violation(mut self) -> Self {
        self.violation = true;
        self
    }

    pub(crate) fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The answer with this body, and the headers that belong to the error.
    pub(crate) fn answer(&self, body: Value) -> Response {
        let mut answer = (self.status, Json(body)).into_response();
        let headers = answer.headers_mut();
        let wait = self.details.as_ref();
        if let Some(seconds) = wait.and_then(|own| own["retryAfterSeconds"].as_u64()) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = self.allow.as_ref().and_then(|own| own.parse().ok()) {
            headers.insert(header::ALLOW, allow);
        }
        answer
    }
}
