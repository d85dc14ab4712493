//! HTTP in front of the door: `POST /hooks/{connection}` and `GET /healthz`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use shared::delivery::{Accepted, Delivery, Door, MAX_BODY, Refused};
use shared::queue::Queue;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// How many deliveries are read and stored at once; more are asked to come again.
const AT_ONCE: usize = 512;

/// How long a body may take to come in.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

struct Shared {
    door: Door,
    queue: Arc<dyn Queue>,
    places: Semaphore,
}

/// Serves until `stopped` says so, then finishes the requests under way.
pub(super) async fn serve(
    listener: TcpListener,
    door: Door,
    queue: Arc<dyn Queue>,
    mut stopped: watch::Receiver<bool>,
) {
    let shared = Arc::new(Shared {
        door,
        queue,
        places: Semaphore::new(AT_ONCE),
    });
    let routes = Router::new()
        .route("/hooks/{connection}", post(hook))
        .route("/healthz", get(health))
        .fallback(nothing_here)
        .with_state(shared);
    let stop = async move {
        // The sender is gone: so is the bridge.
        let _gone = stopped.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, routes)
        .with_graceful_shutdown(stop)
        .await
    {
        tracing::error!(%error, "the HTTP server stopped");
    }
}

async fn hook(
    State(shared): State<Arc<Shared>>,
    Path(connection): Path<String>,
    request: Request,
) -> Response {
    let Ok(_place) = shared.places.try_acquire() else {
        return refused(Refused::Unavailable);
    };
    let (head, body) = request.into_parts();
    let body = match read(&head.headers, body).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let delivery = Delivery {
        connection: &connection,
        signature: text(&head.headers, "x-opentrain-signature"),
        delivery: text(&head.headers, "x-opentrain-delivery"),
        body: &body,
    };
    match shared.door.take(delivery).await {
        Ok(accepted) => answer(Accepted::STATUS, accepted.body()),
        Err(refusal) => refused(refusal),
    }
}

/// The whole body, or the refusal of one that is too large or too slow. Its stated length is looked at
/// before a byte is read.
async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Response> {
    let stated =
        text(headers, CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<usize>().ok());
    if stated.is_some_and(|length| length > MAX_BODY) {
        return Err(refused(Refused::TooLarge));
    }
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(_)) => Err(refused(Refused::TooLarge)),
        Err(_) => Err(answer(
            408,
            json!({ "error": "the body did not come within 10 s: send it again" }),
        )),
    }
}

async fn health(State(shared): State<Arc<Shared>>) -> Response {
    match shared.queue.depth().await {
        Ok(queue) => answer(200, json!({ "status": "ok", "queue": queue })),
        Err(error) => {
            tracing::error!(%error, "the health check failed");
            answer(
                503,
                json!({ "status": "failing", "error": "the queue can't be read: look at the log" }),
            )
        }
    }
}

async fn nothing_here() -> Response {
    answer(
        404,
        json!({ "error": "there is nothing here: deliveries go to POST /hooks/{connection}, health is at GET /healthz" }),
    )
}

fn refused(refusal: Refused) -> Response {
    let mut response = answer(refusal.status(), refusal.body());
    if let Some(seconds) = refusal.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn answer(status: u16, body: Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
