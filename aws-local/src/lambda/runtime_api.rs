//! The Lambda Runtime API (version 2018-06-01) for one environment, on a free port of loopback.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// Maximum size of an answer.
const MAX_ANSWER: usize = 6 * 1024 * 1024;

/// One call of a function.
pub(super) struct Invocation {
    pub(super) id: String,
    pub(super) payload: Vec<u8>,
    /// Milliseconds since 1970.
    pub(super) deadline: u128,
    /// Receives the answer.
    pub(super) answer: oneshot::Sender<Answer>,
}

/// Result of a call.
pub(super) enum Answer {
    /// `/response`.
    Done(Vec<u8>),
    /// `/error`.
    Failed(Value),
}

struct Api {
    calls: Mutex<mpsc::Receiver<Invocation>>,
    under_way: Mutex<Option<Invocation>>,
    ready: watch::Sender<Option<Instant>>,
}

/// A Runtime API that listens.
pub(super) struct RuntimeApi {
    pub(super) address: String,
    pub(super) calls: mpsc::Sender<Invocation>,
    /// Time of the environment's first request for work.
    pub(super) ready: watch::Receiver<Option<Instant>>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    pub(super) async fn listen() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("no free port on this machine")?;
        let address = listener.local_addr()?.to_string();
        let (calls, received) = mpsc::channel(1);
        let (ready_at, ready) = watch::channel(None);
        let api = Arc::new(Api {
            calls: Mutex::new(received),
            under_way: Mutex::default(),
            ready: ready_at,
        });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .layer(axum::extract::DefaultBodyLimit::max(MAX_ANSWER))
            .with_state(api);
        let server = tokio::spawn(async move {
            // The task ends with the environment.
            let _aborted = axum::serve(listener, routes).await;
        });
        Ok(Self {
            address,
            calls,
            ready,
            server,
        })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(api): State<Arc<Api>>) -> Response<Body> {
    api.ready.send_if_modified(|ready| {
        let first = ready.is_none();
        ready.get_or_insert_with(Instant::now);
        first
    });
    let Some(call) = api.calls.lock().await.recv().await else {
        return answer(StatusCode::INTERNAL_SERVER_ERROR, Body::empty());
    };
    let response = Response::builder()
        .header("Lambda-Runtime-Aws-Request-Id", &call.id)
        .header("Lambda-Runtime-Deadline-Ms", call.deadline.to_string())
        .header(
            "Lambda-Runtime-Invoked-Function-Arn",
            "arn:aws:lambda:us-east-1:123456789012:function:local",
        )
        .header("Content-Type", "application/json")
        .body(Body::from(call.payload.clone()));
    *api.under_way.lock().await = Some(call);
    response.unwrap_or_default()
}

async fn response(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response<Body> {
    settle(&api, &id, Answer::Done(body.into())).await
}

async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> Response<Body> {
    let error = serde_json::from_slice(&body).unwrap_or_default();
    settle(&api, &id, Answer::Failed(error)).await
}

async fn settle(api: &Api, id: &str, said: Answer) -> Response<Body> {
    let mut under_way = api.under_way.lock().await;
    match under_way.take_if(|call| call.id == id) {
        Some(call) => {
            // The caller may have stopped waiting.
            let _dropped = call.answer.send(said);
            answer(StatusCode::ACCEPTED, Body::from(r#"{"status":"OK"}"#))
        }
        None => {
            let unknown =
                json!({ "errorType": "InvalidRequestID", "errorMessage": "Invalid request ID" });
            answer(StatusCode::BAD_REQUEST, Body::from(unknown.to_string()))
        }
    }
}

fn answer(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// Time limit until the first request for work (Lambda: ten seconds).
pub(super) const INIT: Duration = Duration::from_secs(10);
