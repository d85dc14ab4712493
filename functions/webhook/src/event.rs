//! Reduces an event to the parts that a delivery needs, before `lambda_http` reads it.
//!
//! `lambda_http` does not process these requests correctly, and unknown senders can send all but the second:
//! - it builds a URL from the `Host` header, `X-Forwarded-Proto` and the query, and panics if that is invalid
//! - it panics on a body that is marked as base64 and is not base64
//! - it refuses an event with an unusual character in any header
//! - it keeps only one line of each header if an event has both maps of headers

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_http::request::LambdaRequest;
use serde_json::{Map, Value};

pub(crate) const SIGNATURE: &str = "x-opentrain-signature";

pub(crate) const DELIVERY: &str = "x-opentrain-delivery";

/// Members of the event that only describe the URL.
const UNUSED: [&str; 6] = [
    "cookies",
    "pathParameters",
    "stageVariables",
    "rawQueryString",
    "queryStringParameters",
    "multiValueQueryStringParameters",
];

/// Maximum length of a connection's path, in bytes.
const LONGEST_PATH: usize = 2048;

/// The event is not an HTTP request.
#[derive(Debug, thiserror::Error)]
#[error(
    "the event is not an HTTP request: invoke this function by an API Gateway REST API or HTTP API, a function URL, or an \
     application load balancer"
)]
pub struct NotHttp;

/// Reads an event of a REST API (payload format 1.0), an HTTP API (2.0, or 1.0), a function URL (2.0) or a load
/// balancer. Keeps only the headers of a delivery, and only the path of the URL.
pub(crate) fn read(event: Value) -> Result<LambdaRequest, NotHttp> {
    let Value::Object(mut event) = event else {
        return Err(NotHttp);
    };
    let is_path = |name: &&str| event.get(*name).is_some_and(Value::is_string);
    let path = ["rawPath", "path"].into_iter().find(is_path);
    check_path(&mut event, path.ok_or(NotHttp)?);
    event.retain(|name, _| !UNUSED.contains(&name.as_str()));
    if let Some(Value::Object(context)) = event.get_mut("requestContext") {
        // `lambda_http` would use them as the URL's host and the start of its path.
        context.remove("domainName");
        context.remove("stage");
    }
    keep_headers(&mut event);
    check_encoding(&mut event);
    serde_json::from_value(event.into()).map_err(|_| NotHttp)
}

/// Replaces a path that is too long or has no leading slash. It belongs to no connection.
fn check_path(event: &mut Map<String, Value>, name: &str) {
    let path = event[name].as_str();
    let is_usable = |path: &&str| path.starts_with('/') && path.len() <= LONGEST_PATH;
    if path.filter(is_usable).is_none() {
        event.insert(name.to_owned(), "/".into());
    }
}

/// Keeps the headers of a delivery. `headers` only repeats the last line of each header in `multiValueHeaders`.
fn keep_headers(event: &mut Map<String, Value>) {
    if matches!(event.get("multiValueHeaders"), Some(Value::Object(_))) {
        event.remove("headers");
    }
    for map in ["headers", "multiValueHeaders"] {
        if let Some(Value::Object(headers)) = event.get_mut(map) {
            headers.retain(|name, lines| is_of_delivery(name) && is_visible(lines));
        }
    }
}

fn is_of_delivery(header: &str) -> bool {
    [SIGNATURE, DELIVERY]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(header))
}

/// Whether a header's lines consist of visible ASCII characters, spaces and tabs.
fn is_visible(lines: &Value) -> bool {
    match lines {
        Value::String(line) => line
            .bytes()
            .all(|byte| byte == b'\t' || byte == b' ' || byte.is_ascii_graphic()),
        Value::Array(lines) => lines.iter().all(is_visible),
        _ => false,
    }
}

/// Treats a body with invalid base64 as plain text.
fn check_encoding(event: &mut Map<String, Value>) {
    let is_encoded = event.get("isBase64Encoded") == Some(&Value::Bool(true));
    let body = event.get("body").and_then(Value::as_str);
    if is_encoded && body.is_some_and(|body| BASE64_STANDARD.decode(body).is_err()) {
        event.insert("isBase64Encoded".to_owned(), false.into());
    }
}
