//! A client, a receiver of webhooks, and a world with a trainer.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

pub(crate) use crate::documents::client::{Ask, Client, client};
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::IntoResponse};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::{ConsentOptions, EventType, Grant, JobOptions, OpenTrain, Options, TrainerOptions};

/// A client of one install.
pub(crate) struct Api {
    base: String,
    token: String,
    client: Client,
}

impl Api {
    pub(crate) fn new(opentrain: &OpenTrain, grant: &Grant) -> Self {
        Self {
            base: format!("{}/api/partner/v1", opentrain.base_url()),
            token: grant.token.clone(),
            client: client(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, Value) {
        self.send(Method::DELETE, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::PATCH, path, Some(body)).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Ask {
        let url = format!("{}{path}", self.base);
        self.client.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Links a project to a job. Returns the link's id.
    pub(crate) async fn link(&self, project: &str, job: Option<&str>) -> String {
        let mut body = json!({"externalProjectId": project});
        if let Some(job) = job {
            body["jobId"] = job.into();
        }
        let (status, answer) = self.post("/project-links", body).await;
        assert_eq!(status, 201, "{answer}");
        text(&answer["projectLink"]["id"])
    }

    /// Subscribes a receiver to every event. Returns the endpoint's id and secret.
    pub(crate) async fn subscribe(&self, receiver: &Receiver) -> (String, String) {
        self.subscribe_to(receiver, &EventType::ALL).await
    }

    pub(crate) async fn subscribe_to(
        &self,
        receiver: &Receiver,
        types: &[EventType],
    ) -> (String, String) {
        let body = json!({"url": receiver.url, "eventTypes": types});
        let (status, answer) = self.post("/webhook-endpoints", body).await;
        assert_eq!(status, 201, "{answer}");
        (
            text(&answer["webhookEndpoint"]["id"]),
            text(&answer["secret"]),
        )
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A customer, a job on a link, and a trainer with a work e-mail.
pub(crate) struct Scene {
    pub(crate) opentrain: OpenTrain,
    pub(crate) grant: Grant,
    pub(crate) api: Api,
    pub(crate) job: String,
    pub(crate) link: String,
    pub(crate) trainer: String,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let opentrain = OpenTrain::start_with(options).await.unwrap();
        let grant = opentrain.consent(ConsentOptions::default());
        let api = Api::new(&opentrain, &grant);
        let job = opentrain.create_job(JobOptions::default());
        let link = api.link("project-1", Some(&job)).await;
        let trainer = TrainerOptions {
            work_email: Some("maria@opentrain.work".to_owned()),
            ..TrainerOptions::default()
        };
        let trainer = opentrain.create_trainer(trainer).unwrap();
        Self {
            opentrain,
            grant,
            api,
            job,
            link,
            trainer,
        }
    }

    pub(crate) fn hire(&self) -> String {
        self.opentrain.hire(&self.job, &self.trainer).unwrap()
    }

    pub(crate) fn assert_no_violations(&self) {
        assert_eq!(self.opentrain.violations(), []);
    }
}

/// A received delivery.
#[derive(Clone)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn event_type(&self) -> String {
        text(&self.json()["type"])
    }
}

/// A webhook receiver with configurable answers.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    state: Arc<Mutex<Inbox>>,
}

struct Inbox {
    received: Vec<Received>,
    /// Answers to the next deliveries; then `usual`.
    next: VecDeque<u16>,
    usual: u16,
    /// Never answers.
    mute: bool,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(Inbox {
            received: Vec::new(),
            next: VecDeque::new(),
            usual: 204,
            mute: false,
        }));
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    pub(crate) fn answer(&self, status: u16) {
        self.state.lock().unwrap().usual = status;
    }

    pub(crate) fn answer_next(&self, statuses: &[u16]) {
        self.state.lock().unwrap().next.extend(statuses);
    }

    pub(crate) fn mute(&self) {
        self.state.lock().unwrap().mute = true;
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    pub(crate) fn types(&self) -> Vec<String> {
        self.received().iter().map(Received::event_type).collect()
    }
}

async fn receive(
    State(inbox): State<Arc<Mutex<Inbox>>>,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let (status, mute) = {
        let mut inbox = inbox.lock().unwrap();
        inbox.received.push(Received { headers, body });
        (inbox.next.pop_front().unwrap_or(inbox.usual), inbox.mute)
    };
    if mute {
        std::future::pending::<()>().await;
    }
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    (status, [("location", "/elsewhere")]).into_response()
}

/// One delivery at a time, so that they arrive in the order of the events.
pub(crate) fn in_order() -> Options {
    Options {
        concurrency: 1,
        ..Options::default()
    }
}

pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}
