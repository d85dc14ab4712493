//! Served paths.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response};
use serde_json::json;
use shared::model::signature::joined;
use shared::webhook::{Accepted, Head, Intake, MAX_BODY, Refused};
use tokio::time::Instant;

use super::answer::answer;
use super::connections::{Connection, InRequest};
use super::health::Health;
use super::metrics::Metrics;
use crate::onboard::{self, Onboarding};

/// Maximum waiting time for memory.
const ROOM_WITHIN: Duration = Duration::from_secs(2);

/// Health at `GET /livez`, `/healthz` and `/readyz`; either deliveries at `POST …/hooks/{connection}`, or metrics at
/// `GET /metrics`.
pub(in crate::server) struct Site {
    /// `None` on the administrators' site, which receives no deliveries.
    pub(in crate::server) intake: Option<Arc<Intake>>,
    pub(in crate::server) health: Arc<Health>,
    pub(in crate::server) metrics: Option<Metrics>,
    /// Pages for customers, at `…/onboard/…`.
    pub(in crate::server) onboarding: Option<Arc<Onboarding>>,
}

impl Site {
    pub(super) async fn answer(
        &self,
        connection: &Connection,
        request: Request<Incoming>,
    ) -> Response<String> {
        let running = connection.request();
        let reading = matches!(*request.method(), Method::GET | Method::HEAD);
        if let Some(pages) = &self.onboarding
            && onboard::page_in(request.uri().path()).is_some()
        {
            return self.page(pages, request, &running).await;
        }
        match (request.uri().path(), &self.metrics) {
            ("/livez" | "/healthz" | "/readyz", _) | ("/metrics", Some(_)) if !reading => {
                refused(self.refuse(Refused::MethodNotAllowed("GET, HEAD")))
            }
            ("/livez", _) => answer(200, &json!({ "status": "alive" })),
            ("/healthz", _) => self.health.healthz().await.response(),
            ("/readyz", _) => self.health.readyz().await.response(),
            ("/metrics", Some(metrics)) => {
                let is_ready = self.health.readyz().await.is_good();
                metrics.response(is_ready).await
            }
            _ => match &self.intake {
                None => refused(Refused::NoSuchPath),
                Some(intake) => match delivery(intake, request, &running).await {
                    Ok(accepted) => answer(Accepted::STATUS, &accepted.body()),
                    Err(refusal) => refused(refusal),
                },
            },
        }
    }

    /// A page for a customer. The connection is protected only after the request is verified.
    async fn page(
        &self,
        pages: &Arc<Onboarding>,
        request: Request<Incoming>,
        running: &InRequest<'_>,
    ) -> Response<String> {
        let (head, body) = request.into_parts();
        let admitted = match pages.admit(&head) {
            Ok(admitted) => admitted,
            Err(problem) => return problem.response(),
        };
        let deadline = Instant::now() + onboard::FORM_WITHIN;
        let form = match admitted.has_form() {
            true => read(body, running, deadline, onboard::MAX_FORM).await,
            false => Ok(Vec::new()),
        };
        let form = match form {
            Ok(form) => form,
            Err(reason) => return refused(self.refuse(reason)),
        };
        match pages.verify(admitted, &form) {
            Ok(verified) => {
                running.storing();
                pages.answer(verified).await
            }
            Err(problem) => problem.response(),
        }
    }

    /// Counts the refusal of a request to intake.
    pub(super) fn refuse(&self, reason: Refused) -> Refused {
        match &self.intake {
            Some(intake) => intake.refuse(reason, None),
            None => reason,
        }
    }
}

/// Checks name and signature header before it reads the body.
async fn delivery(
    intake: &Intake,
    request: Request<Incoming>,
    running: &InRequest<'_>,
) -> Result<Accepted, Refused> {
    let (head, body) = request.into_parts();
    let name = intake.route(head.method.as_str(), head.uri.path())?;
    let signature = joined(lines(&head.headers, "x-opentrain-signature"));
    let head = Head {
        connection: &name,
        signature: signature.as_deref(),
        delivery: lines(&head.headers, "x-opentrain-delivery").next(),
    };
    let admitted = intake.admit(head).await?;
    let body = read(body, running, admitted.deadline(), MAX_BODY).await;
    let body = body.map_err(|reason| intake.refuse_body(&admitted, reason))?;
    running.storing();
    intake.receive(&admitted, &body).await
}

/// Reads the complete body, unless it is too slow or has more than `limit` bytes. A `Content-Length` over the limit is
/// refused before reading.
async fn read(
    body: Incoming,
    running: &InRequest<'_>,
    deadline: Instant,
    limit: usize,
) -> Result<Vec<u8>, Refused> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Refused::TooLarge);
    }
    let whole = tokio::time::timeout_at(deadline, collect(body, running, limit)).await;
    whole.unwrap_or(Err(Refused::TooSlow))
}

/// Reads the body. Reserves memory before use, and doubles it as bytes arrive, so that a client that announces a length
/// and sends nothing uses almost none.
async fn collect(
    mut body: Incoming,
    running: &InRequest<'_>,
    limit: usize,
) -> Result<Vec<u8>, Refused> {
    let stated = body.size_hint().exact().unwrap_or(limit as u64);
    let most = usize::try_from(stated).map_or(limit, |it| it.min(limit));
    let mut whole = Vec::new();
    let mut next = async || std::future::poll_fn(|it| Pin::new(&mut body).poll_frame(it)).await;
    while let Some(frame) = next().await {
        let frame = frame.map_err(|_| Refused::BrokenBody)?;
        // Trailers are ignored.
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        let needed = whole.len() + bytes.len();
        if needed > limit {
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

/// Values of a header that are text.
fn lines<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter();
    lines.filter_map(|line| line.to_str().ok())
}

fn refused(refusal: Refused) -> Response<String> {
    let mut response = answer(refusal.status(), &refusal.body());
    if let Some((name, line)) = refusal.header() {
        let (name, line) = (
            HeaderName::from_static(name),
            HeaderValue::from_static(line),
        );
        response.headers_mut().insert(name, line);
    }
    response
}
