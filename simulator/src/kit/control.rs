//! Control planes: JSON below `/control/`, for people and for tests of processes.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{call::Call, refusal::Refusal, reply::Answer};

/// Answers with `act`, unless the request comes from a foreign web page.
pub(crate) fn answer(call: &Call, act: impl FnOnce(&[&str]) -> Answer) -> Response {
    let below = call.below(&["control"]).unwrap_or_default();
    let answer = local(call).and_then(|()| act(&below));
    answer.unwrap_or_else(|refusal| {
        let body = json!({"error": refusal.message});
        (refusal.status, Json(body)).into_response()
    })
}

/// The server only listens on loopback, but any web page can send forms to 127.0.0.1.
pub(crate) fn local(call: &Call) -> Result<(), Refusal> {
    let host = call.header("host").unwrap_or_default();
    match call.method.is_safe() || is_same_origin(call, host) {
        true => Ok(()),
        false => Err(Refusal::forbidden(
            "another web page must not change anything here",
        )),
    }
}

/// Browsers send at least one of the two headers with each request that can change something.
fn is_same_origin(call: &Call, host: &str) -> bool {
    match (call.header("sec-fetch-site"), call.header("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.strip_prefix("http://") == Some(host),
        (None, None) => true,
    }
}
