//! An API Gateway HTTP API with one route, `POST /hooks/{connection}`, in front of a function: payload
//! format 2.0.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::post;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::function::Function;

/// Largest body that API Gateway accepts.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// A running HTTP API. Dropping it stops it.
pub struct HttpApi {
    server: JoinHandle<()>,
}

impl HttpApi {
    /// Binds the address; port 0 is any free one. Nothing is served yet.
    ///
    /// # Errors
    /// If the address is in use.
    pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
        let listener = TcpListener::bind(address).await;
        listener.with_context(|| format!("can't listen on {address}"))
    }

    /// Serves requests with `function`.
    pub fn serve(listener: TcpListener, function: Function) -> Self {
        let routes = Router::new()
            .route("/hooks/{connection}", post(call))
            .fallback(async || plain(StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#))
            .with_state(Arc::new(function));
        let server = tokio::spawn(async move {
            // The task ends with the API.
            let _aborted = axum::serve(listener, routes).await;
        });
        Self { server }
    }
}

impl Drop for HttpApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn call(
    State(function): State<Arc<Function>>,
    Path(connection): Path<String>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            r#"{"message":"Request Entity Too Large"}"#,
        );
    };
    let event = event(head.uri.path(), &connection, &head.headers, &body);
    match function.invoke(&event).await {
        Ok(answer) => response(&answer).unwrap_or_else(internal),
        Err(_) => internal(),
    }
}

/// A request in the format that the function receives. JSON is passed as text; other bodies that are not text as
/// base64.
fn event(path: &str, connection: &str, headers: &HeaderMap, body: &[u8]) -> Value {
    let headers: Map<_, _> = headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), Value::from(value))
        })
        .collect();
    let text = std::str::from_utf8(body).map(str::to_owned);
    let encoded = text.is_err();
    json!({
        "version": "2.0",
        "routeKey": "POST /hooks/{connection}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "pathParameters": { "connection": connection },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": "local.execute-api.us-east-1.amazonaws.com",
            "http": { "method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "local" },
            "requestId": "local",
            "routeKey": "POST /hooks/{connection}",
            "stage": "$default",
            "time": "12/Jun/2026:10:00:00 +0000",
            "timeEpoch": 1_781_258_400_000_u64,
        },
        "body": text.unwrap_or_else(|_| base64(body)),
        "isBase64Encoded": encoded,
    })
}

fn base64(bytes: &[u8]) -> String {
    aws_smithy_types::base64::encode(bytes)
}

/// Converts the function's answer to a response, if it is one.
fn response(answer: &Value) -> Option<Response<Body>> {
    let status = u16::try_from(answer["statusCode"].as_u64()?).ok()?;
    let mut response = Response::builder().status(status);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str()?);
    }
    let body = answer["body"].as_str().unwrap_or_default().to_owned();
    response.body(Body::from(body)).ok()
}

/// API Gateway's answer when the function has failed.
fn internal() -> Response<Body> {
    plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        r#"{"message":"Internal Server Error"}"#,
    )
}

fn plain(status: StatusCode, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
}
