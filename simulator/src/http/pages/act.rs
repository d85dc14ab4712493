//! Forms: each becomes the JSON call below `/sandbox` with the same name.

use axum::{
    body::to_bytes,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{errors, json_call, outcome::Outcome};
use crate::{
    http::{sandbox, shared::Shared},
    kit::{call::Call, refusal::Refusal},
};

/// Carries out the form's call. Then the page `_next` shows the result.
pub(super) async fn act(
    shared: &Shared,
    call: &Call,
    operation: &str,
) -> Result<Response, Refusal> {
    if call.method != Method::POST {
        return Err(Refusal::not_found("page"));
    }
    let operation = json_call::operation(operation).ok_or_else(|| Refusal::not_found("form"))?;
    let fields = call.form_fields()?;
    let next = fields.iter().find(|(name, _)| name == json_call::NEXT);
    let next = json_call::local_path(next.map_or("/", |(_, next)| next))?;
    let sent = match json_call::json_call(operation, &fields) {
        Ok(sent) => sent,
        Err(refusal) => return Ok(errors::page(&refusal, Some(&next), (shared.clock)())),
    };
    let method = Method::from_bytes(operation.method.as_bytes()).unwrap_or(Method::POST);
    let inner = call.inside(method, &sent.path, sent.body.as_ref());
    match sandbox::answer(shared, &inner).await {
        Ok(answer) => {
            let outcome = Outcome::Done {
                operation: operation.id,
                call: sent.to_string(),
                answer: json_of(answer).await,
            };
            Ok(see_other(&next, &shared.outcomes.keep(outcome)))
        }
        Err(refusal) => Ok(errors::page(&refusal, Some(&next), (shared.clock)())),
    }
}

async fn json_of(answer: Response) -> Value {
    let body = to_bytes(answer.into_body(), usize::MAX).await;
    serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default()
}

/// Shows the page, with the result's id: a reload of the page does not send the form again.
fn see_other(next: &str, result: &str) -> Response {
    let (path, fragment) = match next.split_once('#') {
        Some((path, fragment)) => (path, format!("#{fragment}")),
        None => (next, String::new()),
    };
    let glue = if path.contains('?') { '&' } else { '?' };
    let to = HeaderValue::from_str(&format!("{path}{glue}result={result}{fragment}"));
    let to = to.unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}
