//! Errors in the OpenAPI documents.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Gate;
use crate::{
    http::{envelope, operation::Operation},
    kit::shape::Refused,
};

/// Form of an API's errors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorForm {
    /// `{error, code, requestId, details?}`.
    Envelope,
    /// `{error, error_description}`.
    OAuth,
    /// `{error, details?}`.
    Plain,
}

type Reasons = BTreeSet<&'static str>;

/// The errors of a call by status: those of its row, and those that follow from its gates, path and parameters.
pub(super) fn of<A: Gate, H>(call: &Operation<A, H>) -> BTreeMap<u16, Reasons> {
    let mut refusals = call.access.refusals();
    refusals.extend(call.refusals);
    // Every call refuses unknown query parameters.
    refusals.push(Refused::bad(&[]));
    if call.path.contains('{') {
        refusals.push(Refused::not_found());
    }
    let mut errors: BTreeMap<u16, Reasons> = BTreeMap::new();
    for refused in refusals {
        let reasons = errors.entry(refused.status).or_default();
        reasons.extend(refused.reasons);
    }
    errors
}

const CODES: [&str; 7] = [
    "BAD_REQUEST",
    "UNAUTHORIZED",
    "FORBIDDEN",
    "NOT_FOUND",
    "CONFLICT",
    "RATE_LIMITED",
    "INTERNAL_ERROR",
];

impl ErrorForm {
    /// `Error` of the components.
    pub(super) fn schema(self) -> Value {
        let text = json!({"type": "string"});
        let details = json!({"type": "object"});
        let (properties, required) = match self {
            Self::Envelope => (
                json!({
                    "error": text,
                    "code": {"type": "string", "enum": CODES},
                    "requestId": text,
                    "details": details,
                }),
                json!(["error", "code", "requestId"]),
            ),
            Self::OAuth => (
                json!({"error": text, "error_description": text}),
                json!(["error", "error_description"]),
            ),
            Self::Plain => (json!({"error": text, "details": details}), json!(["error"])),
        };
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    /// The response with this status.
    pub(super) fn response(self, status: u16, reasons: &Reasons) -> Value {
        let code = StatusCode::from_u16(status).map(envelope::code);
        let mut narrowed = json!({});
        if let (Self::Envelope, Ok(code)) = (self, code) {
            narrowed["code"] = json!({"const": code});
        }
        if !reasons.is_empty() {
            let reasons = json!({"type": "string", "enum": reasons});
            match self {
                Self::OAuth => narrowed["error"] = reasons,
                _ => narrowed["details"] = json!({"properties": {"reason": reasons}}),
            }
        }
        let schema = json!({
            "allOf": [{"$ref": "#/components/schemas/Error"}, {"properties": narrowed}],
        });
        let mut response = json!({
            "description": about(status),
            "content": {"application/json": {"schema": schema}},
        });
        if status == 429 {
            let seconds = json!({"type": "integer", "minimum": 0});
            let about = "Seconds to wait, where they are known.";
            response["headers"] = json!({"Retry-After": {"description": about, "schema": seconds}});
        }
        response
    }
}

fn about(status: u16) -> &'static str {
    match status {
        400 => "The request is not valid.",
        401 => "The token is missing, invalid, expired or revoked.",
        403 => "The caller may not do this; `details` has the reason.",
        404 => "The object does not exist, or the caller may not see it.",
        409 => "The state of the object does not allow this.",
        429 => "Too many requests.",
        _ => "An error.",
    }
}

/// Adds another body to an error that has two forms.
pub(super) fn add_body(error: &mut Value, other: Value) {
    let schema = &mut error["content"]["application/json"]["schema"];
    *schema = json!({"anyOf": [*schema, other["content"]["application/json"]["schema"]]});
}
