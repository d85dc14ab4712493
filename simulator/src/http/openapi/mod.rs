//! OpenAPI documents, made of the tables that serve the calls.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::operation::{Group, Operation};
use crate::kit::{
    call::Call,
    refusal::Refusal,
    shape::{Refused, Reply},
};

mod answer;
mod errors;
mod request;

pub(crate) use errors::ErrorForm;

/// An API with a document.
pub(crate) struct Api {
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    /// Path of the calls, below the origin.
    pub(crate) base: &'static str,
    pub(crate) errors: ErrorForm,
}

/// The gates of a call, for the document.
pub(crate) trait Gate {
    /// Scopes of a token, of which one is sufficient; an empty list means any token. `None` without a token.
    fn scopes(&self) -> Option<Vec<&'static str>>;

    /// Errors of the gates.
    fn refusals(&self) -> Vec<Refused> {
        Vec::new()
    }

    /// The gates beside the scopes, as a sentence; empty without such gates.
    fn about(&self) -> String {
        String::new()
    }
}

/// Calls without gates.
impl Gate for () {
    fn scopes(&self) -> Option<Vec<&'static str>> {
        None
    }
}

/// Answers `openapi.json`; `None` for another path.
pub(crate) fn serve(
    call: &Call,
    below: &[&str],
    document: impl FnOnce() -> Value,
    refuse: impl FnOnce(Refusal) -> Response,
) -> Option<Response> {
    if below != ["openapi.json"] {
        return None;
    }
    Some(match call.method.as_str() {
        "GET" => Json(document()).into_response(),
        _ => refuse(Refusal::not_allowed(&["GET"])),
    })
}

/// The OpenAPI document of a table.
pub(crate) fn document<A: Gate, H>(api: &Api, table: &'static [Group<A, H>]) -> Value {
    let mut named = Map::new();
    let mut paths = Map::new();
    for group in table {
        for call in group.calls {
            let path = paths.entry(call.path).or_insert_with(|| json!({}));
            path[call.method.to_lowercase()] = operation(api, group.tag, call, &mut named);
        }
    }
    named.insert("Error".to_owned(), api.errors.schema());
    let has_tokens = super::operation::rows(table).any(|own| own.access.scopes().is_some());
    let schemes = match has_tokens {
        true => json!({"token": {
            "type": "http",
            "scheme": "bearer",
            "description": "The names are scopes. A scope that ends in `:write` implies its `:read`.",
        }}),
        false => json!({}),
    };
    json!({
        "openapi": "3.1.0",
        "info": {"title": api.title, "version": "v1", "description": api.about},
        "servers": [{"url": api.base}],
        "tags": table.iter().map(|own| json!({"name": own.tag})).collect::<Vec<Value>>(),
        "paths": paths,
        "components": {"schemas": named, "securitySchemes": schemes},
    })
}

fn operation<A: Gate, H>(
    api: &Api,
    tag: &str,
    call: &Operation<A, H>,
    named: &mut Map<String, Value>,
) -> Value {
    let mut operation = json!({
        "operationId": call.id,
        "summary": call.summary,
        "tags": [tag],
        "security": security(call.access.scopes()),
        "parameters": request::parameters(call),
        "responses": responses(api, call, named),
    });
    let about = call.access.about();
    if !about.is_empty() {
        operation["description"] = about.into();
    }
    if let Some(body) = request::body(call) {
        operation["requestBody"] = body;
    }
    operation
}

/// One requirement for each scope: one of them is sufficient.
fn security(scopes: Option<Vec<&'static str>>) -> Value {
    match scopes {
        None => json!([]),
        Some(scopes) if scopes.is_empty() => json!([{"token": []}]),
        Some(scopes) => scopes
            .into_iter()
            .map(|scope| json!({"token": [scope]}))
            .collect(),
    }
}

fn responses<A: Gate, H>(
    api: &Api,
    call: &Operation<A, H>,
    named: &mut Map<String, Value>,
) -> Map<String, Value> {
    let mut responses = Map::new();
    for (status, reasons) in errors::of(call) {
        let response = api.errors.response(status, &reasons);
        responses.insert(status.to_string(), response);
    }
    for reply in call.answers {
        let response = content(reply, named);
        let status = reply.status.to_string();
        match responses.get_mut(&status) {
            Some(error) => errors::add_body(error, response),
            None => {
                responses.insert(status, response);
            }
        }
    }
    responses
}

fn content(reply: &Reply, named: &mut Map<String, Value>) -> Value {
    let mut response = json!({"description": reply.about});
    if let Some(body) = reply.body {
        let schema = answer::schema(body, named);
        response["content"] = json!({"application/json": {"schema": schema}});
    }
    response
}
