//! Control planes: JSON below `/control/`, for people and for tests of processes.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{call::Call, refusal::Refusal, reply::Answer};

/// Answers with `act`, unless the request comes from a foreign web page.
pub(crate) fn answer(call: &Call, act: impl FnOnce(&[&str]) -> Answer) -> Response {
    let below = call.below(&["control"]).unwrap_or_default();
    let answer = local(call).and_then(|()| act(&below));
    answer.unwrap_or_else(|refusal| {
        let body = json!({"error": refusal.message});
        (refusal.status, Json(body)).into_response()
    })
}

/// The server only listens on loopback, but a browser can reach it: a web page whose name resolves to 127.0.0.1 sends
/// its own name as the host.
pub(crate) fn local(call: &Call) -> Result<(), Refusal> {
    let host = call.header("host").unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    match name {
        "127.0.0.1" | "localhost" => Ok(()),
        _ => Err(Refusal::forbidden("the control plane is for this machine")),
    }
}
