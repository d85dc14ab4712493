//! Incoming webhook of a chat channel.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router};
use serde_json::Value;
use shared::notice::{NoticeSettings, Webhook};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Accepts posts on a port of this machine.
#[derive(Clone, Default)]
pub(crate) struct Channel(Arc<Mutex<Inbox>>);

#[derive(Default)]
struct Inbox {
    address: String,
    posts: Vec<Value>,
    refused: usize,
    status: Option<u16>,
    /// Number of posts that wait for their answer.
    waiting: usize,
    held: Option<Arc<Semaphore>>,
}

impl Channel {
    pub(crate) async fn open() -> Self {
        let channel = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // The URL is a secret: the canaries search it in every line of the log.
        let address = format!(
            "http://{}/services/canary?key=canary",
            listener.local_addr().unwrap()
        );
        channel.0.lock().unwrap().address = address;
        let routes = Router::new().fallback(take).with_state(channel.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        channel
    }

    pub(crate) fn settings(&self) -> NoticeSettings {
        let address = self.0.lock().unwrap().address.clone();
        NoticeSettings {
            webhook: Some(Webhook::new(&address).unwrap()),
            ..NoticeSettings::default()
        }
    }

    /// Answers with a status from now on; `None` accepts posts.
    pub(crate) fn answer(&self, status: Option<u16>) {
        self.0.lock().unwrap().status = status;
    }

    /// Answers no post before [`release`](Self::release).
    pub(crate) fn hold(&self) {
        self.0.lock().unwrap().held = Some(Arc::new(Semaphore::new(0)));
    }

    pub(crate) fn release(&self) {
        let held = self.0.lock().unwrap().held.take();
        held.unwrap().close();
    }

    /// Number of posts that wait for their answer.
    pub(crate) fn waiting(&self) -> usize {
        self.0.lock().unwrap().waiting
    }

    /// The accepted posts.
    pub(crate) fn posts(&self) -> Vec<Value> {
        self.0.lock().unwrap().posts.clone()
    }

    /// Texts of the accepted posts.
    pub(crate) fn texts(&self) -> Vec<String> {
        let inbox = self.0.lock().unwrap();
        let text = |post: &Value| {
            assert_eq!(
                post.as_object().unwrap().len(),
                1,
                "`text` and nothing else"
            );
            post["text"].as_str().unwrap().to_owned()
        };
        inbox.posts.iter().map(text).collect()
    }

    /// Number of refused posts.
    pub(crate) fn refused(&self) -> usize {
        self.0.lock().unwrap().refused
    }
}

async fn take(State(channel): State<Channel>, Json(post): Json<Value>) -> StatusCode {
    let held = {
        let mut inbox = channel.0.lock().unwrap();
        inbox.waiting += 1;
        inbox.held.clone()
    };
    if let Some(held) = held {
        // Closed by the release; it never has a permit.
        let _closed = held.acquire().await;
    }
    let mut inbox = channel.0.lock().unwrap();
    inbox.waiting -= 1;
    match inbox.status {
        Some(status) => {
            inbox.refused += 1;
            StatusCode::from_u16(status).unwrap()
        }
        None => {
            inbox.posts.push(post);
            StatusCode::OK
        }
    }
}
