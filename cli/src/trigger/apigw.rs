//! Invocation of the webhook function by API Gateway's HTTP API (payload format 2.0).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use shared::model::ConnectionName;

use super::Signed;

/// Encoding of the body in the invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Plain text, as API Gateway passes JSON.
    Text,
    /// Base64, as API Gateway passes binary content types.
    Base64,
}

/// Builds the invocation for a delivery that arrives at `now`.
///
/// Addresses, ids and the host are examples. The format is documented at
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.
pub fn invocation(
    signed: &Signed,
    connection: &ConnectionName,
    now: Timestamp,
    encoding: Encoding,
) -> Value {
    const HOST: &str = "example.execute-api.eu-central-1.amazonaws.com";
    const ROUTE: &str = "POST /hooks/{connection}";
    let path = format!("/hooks/{connection}");
    let (body, is_base64) = match encoding {
        Encoding::Text => (String::from_utf8_lossy(&signed.body).into_owned(), false),
        Encoding::Base64 => (BASE64_STANDARD.encode(&signed.body), true),
    };
    json!({
        "version": "2.0",
        "routeKey": ROUTE,
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers(signed, HOST),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "example",
            "domainName": HOST,
            "domainPrefix": "example",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "OpenTrain-Webhooks",
            },
            "requestId": format!("sample-{}", now.as_microsecond()),
            "routeKey": ROUTE,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "pathParameters": { "connection": connection.as_str() },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// API Gateway converts header names to lower case, and adds headers.
fn headers(signed: &Signed, host: &str) -> Map<String, Value> {
    let own = signed.headers.iter();
    let own = own.map(|(name, value)| (name.to_lowercase(), value.clone()));
    let added = [
        ("content-length", signed.body.len().to_string()),
        ("host", host.to_owned()),
        ("user-agent", "OpenTrain-Webhooks".to_owned()),
        ("x-forwarded-for", "192.0.2.1".to_owned()),
        ("x-forwarded-port", "443".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
    ];
    let added = added.map(|(name, value)| (name.to_owned(), value));
    let all = own.chain(added);
    all.map(|(name, value)| (name, value.into())).collect()
}
