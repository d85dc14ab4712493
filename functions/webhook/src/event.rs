//! What `lambda_http` is given of an event.
//!
//! `lambda_http` builds a URL from the `Host` header, `X-Forwarded-Proto` and the query, and panics if they make none; it
//! panics on a body that is not the base64 it claims to be; it refuses an event with an unusual character in any header;
//! and where an event has both maps of headers it keeps one line of each. Anyone on the internet can send such a
//! request. So the event is reduced to what a delivery needs before `lambda_http` reads it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_http::request::LambdaRequest;
use serde_json::{Map, Value};

/// Header with the signature.
pub(crate) const SIGNATURE: &str = "x-opentrain-signature";

/// Header with the delivery's id.
pub(crate) const DELIVERY: &str = "x-opentrain-delivery";

/// Members that only describe the URL.
const UNUSED: [&str; 6] = [
    "cookies",
    "pathParameters",
    "stageVariables",
    "rawQueryString",
    "queryStringParameters",
    "multiValueQueryStringParameters",
];

/// The longest path that may lead to a connection, in bytes.
const LONGEST_PATH: usize = 2048;

/// An event that is no HTTP request.
#[derive(Debug, thiserror::Error)]
#[error(
    "the event is no HTTP request: invoke this function by an API Gateway REST API or HTTP API, a function URL, or an \
     application load balancer"
)]
pub struct NotHttp;

/// Reads an event of a REST API (payload format 1.0), an HTTP API (2.0, or 1.0), a function URL (2.0) or a load
/// balancer. Of its headers only those of a delivery remain, of its URL only the path.
///
/// # Errors
/// The event is no HTTP request.
pub(crate) fn read(event: Value) -> Result<LambdaRequest, NotHttp> {
    let Value::Object(mut event) = event else {
        return Err(NotHttp);
    };
    let is_path = |name: &&str| event.get(*name).is_some_and(Value::is_string);
    let path = ["rawPath", "path"].into_iter().find(is_path);
    check_path(&mut event, path.ok_or(NotHttp)?);
    event.retain(|name, _| !UNUSED.contains(&name.as_str()));
    if let Some(Value::Object(context)) = event.get_mut("requestContext") {
        // They become the URL's host and the beginning of its path.
        context.remove("domainName");
        context.remove("stage");
    }
    keep_headers(&mut event);
    check_encoding(&mut event);
    serde_json::from_value(event.into()).map_err(|_| NotHttp)
}

/// A path that is too long, or does not begin with a slash, leads to no connection.
fn check_path(event: &mut Map<String, Value>, name: &str) {
    let path = event[name].as_str();
    let is_usable = |path: &&str| path.starts_with('/') && path.len() <= LONGEST_PATH;
    if path.filter(is_usable).is_none() {
        event.insert(name.to_owned(), "/".into());
    }
}

/// The map with single lines repeats the last line of each header in the other map.
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

/// A body that is not the base64 it claims to be is taken as it stands.
fn check_encoding(event: &mut Map<String, Value>) {
    let is_encoded = event.get("isBase64Encoded") == Some(&Value::Bool(true));
    let body = event.get("body").and_then(Value::as_str);
    if is_encoded && body.is_some_and(|body| BASE64_STANDARD.decode(body).is_err()) {
        event.insert("isBase64Encoded".to_owned(), false.into());
    }
}
