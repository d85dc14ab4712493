//! The webhook function: a delivery comes in over HTTP, is verified, and goes to the queue.
//!
//! HTTP API, function URL and load balancer bring the same request; the connection is what follows
//! `/hooks/` in its path.

use lambda_http::http::{HeaderMap, Method, StatusCode, header};
use lambda_http::{Body, Request, RequestExt, Response};
use serde_json::{Value, json};
use shared::delivery::{Accepted, Delivery, Door, Refused};

/// Takes deliveries in.
pub struct Webhook {
    door: Door,
}

impl Webhook {
    /// In front of this door.
    pub fn new(door: Door) -> Self {
        Self { door }
    }

    /// Answers one request. A 2xx means that the delivery is in the queue.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        let Some(connection) = connection(request.raw_http_path()) else {
            return answer(
                404,
                &json!({ "error": "there is nothing here: deliveries go to POST /hooks/{connection}" }),
            );
        };
        if request.method() != Method::POST {
            return answer(405, &json!({ "error": "deliveries are sent by POST" }));
        }
        let delivery = Delivery {
            connection,
            signature: text(request.headers(), "x-opentrain-signature"),
            delivery: text(request.headers(), "x-opentrain-delivery"),
            body: request.body().as_ref(),
        };
        match self.door.take(delivery).await {
            Ok(accepted) => answer(Accepted::STATUS, &accepted.body()),
            Err(refusal) => refused(refusal),
        }
    }
}

/// The connection that a path names; a stage may stand before it.
fn connection(path: &str) -> Option<&str> {
    let (before, name) = path.rsplit_once('/')?;
    before.ends_with("/hooks").then_some(name)
}

fn refused(refusal: Refused) -> Response<Body> {
    let mut response = answer(refusal.status(), &refusal.body());
    if let Some(seconds) = refusal.retry_after() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn answer(status: u16, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
