//! Served paths.

use std::pin::Pin;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use shared::delivery::signature::joined;
use shared::delivery::{Accepted, Door, Head, MAX_BODY, Refused, connection_in};
use tokio::time::Instant;

use super::connections::{Connection, InRequest};
use super::health::Health;

/// Maximum waiting time for memory.
const ROOM_WITHIN: Duration = Duration::from_secs(2);

/// Deliveries at `POST …/hooks/{connection}`, health at `GET /livez`, `/healthz` and `/readyz`.
pub(in crate::machine) struct Site {
    pub(in crate::machine) door: Door,
    pub(in crate::machine) health: Health,
}

impl Site {
    pub(super) async fn answer(
        &self,
        connection: &Connection,
        request: Request<Incoming>,
    ) -> Response<String> {
        let running = connection.request();
        let reading = matches!(*request.method(), Method::GET | Method::HEAD);
        match request.uri().path() {
            "/livez" | "/healthz" | "/readyz" if !reading => not_allowed("GET, HEAD"),
            "/livez" => answer(200, &json!({ "status": "alive" })),
            "/healthz" => self.health.healthz().await.response(),
            "/readyz" => self.health.readyz().await.response(),
            path => match connection_in(path) {
                None => {
                    self.door.refusals().count(Refused::NoSuchPath, None);
                    refused(Refused::NoSuchPath)
                }
                Some(_) if *request.method() != Method::POST => not_allowed("POST"),
                Some(name) => {
                    let name = name.into_owned();
                    match self.delivery(&name, request, &running).await {
                        Ok(accepted) => answer(Accepted::STATUS, &accepted.body()),
                        Err(refusal) => refused(refusal),
                    }
                }
            },
        }
    }

    /// Name and signature header are checked before the body is read.
    async fn delivery(
        &self,
        name: &str,
        request: Request<Incoming>,
        running: &InRequest<'_>,
    ) -> Result<Accepted, Refused> {
        let (head, body) = request.into_parts();
        let signature = joined(lines(&head.headers, "x-opentrain-signature"));
        let head = Head {
            connection: name,
            signature: signature.as_deref(),
            delivery: lines(&head.headers, "x-opentrain-delivery").next(),
        };
        let admitted = self.door.admit(head).await?;
        let body = read(body, running, admitted.deadline()).await;
        let body = body.map_err(|reason| self.door.refuse_body(&admitted, reason))?;
        running.storing();
        self.door.receive(&admitted, &body).await
    }
}

/// Reads the complete body, unless it is too large or too slow. A `Content-Length` over the limit is refused before
/// reading.
async fn read(
    body: Incoming,
    running: &InRequest<'_>,
    deadline: Instant,
) -> Result<Vec<u8>, Refused> {
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(Refused::TooLarge);
    }
    let whole = tokio::time::timeout_at(deadline, collect(body, running)).await;
    whole.unwrap_or(Err(Refused::TooSlow))
}

/// Memory is reserved before use, and doubled as bytes arrive: a client that announces a length and sends nothing uses
/// almost none.
async fn collect(mut body: Incoming, running: &InRequest<'_>) -> Result<Vec<u8>, Refused> {
    let stated = body.size_hint().exact().unwrap_or(MAX_BODY as u64);
    let most = usize::try_from(stated).map_or(MAX_BODY, |it| it.min(MAX_BODY));
    let mut whole = Vec::new();
    let mut next = async || std::future::poll_fn(|it| Pin::new(&mut body).poll_frame(it)).await;
    while let Some(frame) = next().await {
        let frame = frame.map_err(|_| Refused::BrokenBody)?;
        // Trailers are ignored.
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        let needed = whole.len() + bytes.len();
        if needed > MAX_BODY {
            return Err(Refused::TooLarge);
        }
        if needed > whole.capacity() {
            let size = needed.next_power_of_two().min(most).max(needed);
            let reserved = tokio::time::timeout(ROOM_WITHIN, running.reserve(size)).await;
            reserved.map_err(|_| Refused::Unavailable)?;
            whole.reserve_exact(size - whole.len());
        }
        whole.extend_from_slice(&bytes);
    }
    Ok(whole)
}

/// The lines of a header that are text.
fn lines<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter();
    lines.filter_map(|line| line.to_str().ok())
}

fn refused(refusal: Refused) -> Response<String> {
    let mut response = answer(refusal.status(), &refusal.body());
    if let Some(seconds) = refusal.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn not_allowed(methods: &'static str) -> Response<String> {
    let error = format!("this path accepts {methods} only");
    let mut response = answer(405, &json!({ "error": error }));
    let methods = HeaderValue::from_static(methods);
    response.headers_mut().insert(ALLOW, methods);
    response
}

pub(super) fn answer(status: u16, body: &Value) -> Response<String> {
    let mut response = Response::new(body.to_string());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
