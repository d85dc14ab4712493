//! Answers of handlers.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::refusal::Refusal;

/// An answer, or the reason for an error.
pub(crate) type Answer = Result<Response, Refusal>;

pub(crate) fn ok(body: Value) -> Answer {
    Ok((StatusCode::OK, Json(body)).into_response())
}

pub(crate) fn created(body: Value) -> Answer {
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

pub(crate) fn no_content() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) fn accepted(body: Value) -> Answer {
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
