//! `Doccano` with the answers of a doccano 1.8.4. `make test-tools` tests it with a real one.

mod access;
mod accounts;
mod counters;
mod odd;
mod refusals;
mod removal;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use shared::http::BaseUrl;
use shared::ledger::Ledger;
use shared::model::clock::{Clock, ManualClock};
use shared::model::person::Email;
use shared::sqlite::Database;
use shared::tool::{Membership, Person};
use tempfile::TempDir;
use tools::{Doccano, DoccanoOptions};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

const TOKEN: &str = "tool_canary";

/// A doccano with given answers, and an adapter with a memory.
struct Ground {
    server: MockServer,
    tool: Doccano,
    clock: Arc<ManualClock>,
    ledger: Ledger,
    told: AtomicU8,
    _folder: TempDir,
}

impl Ground {
    /// With project 7, a text classification, and Ann, who is user 2 and not a member.
    async fn new() -> Self {
        let ground = Self::bare(DoccanoOptions::default()).await;
        ground.answer("GET", "/projects/7", 200, project()).await;
        ground
            .answer("GET", "/projects/7/members", 200, json!([]))
            .await;
        ground
    }

    async fn bare(options: DoccanoOptions) -> Self {
        let server = MockServer::start().await;
        let clock = Arc::new(ManualClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
        let time = Arc::clone(&clock) as Arc<dyn Clock>;
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("bridge.db")).unwrap();
        let ledger = Ledger::in_database(&database, Arc::clone(&time));
        let memory = Arc::new(ledger.clone());
        let base = BaseUrl::parse(&server.uri()).unwrap();
        let timeout = Duration::from_secs(2);
        let tool = Doccano::new(base, &TOKEN.into(), timeout, time, memory, options).unwrap();
        Self {
            server,
            tool,
            clock,
            ledger,
            told: AtomicU8::default(),
            _folder: folder,
        }
    }

    async fn answer(&self, verb: &str, below: &str, status: u16, body: Value) {
        let answer = ResponseTemplate::new(status).set_body_json(body);
        self.tell(call(verb, below), answer).await;
    }

    /// Sets the answer to a call, in place of an earlier one.
    async fn tell(&self, given: MockBuilder, answer: ResponseTemplate) {
        let rank = self.told.fetch_add(1, Ordering::SeqCst);
        let mock = given.respond_with(answer).with_priority(u8::MAX - rank);
        mock.mount(&self.server).await;
    }

    /// `METHOD path?query` of each request.
    async fn requests(&self) -> Vec<String> {
        let all = self.server.received_requests().await.unwrap();
        let line = |it: &wiremock::Request| {
            let query = it.url.query().map_or(String::new(), |it| format!("?{it}"));
            format!("{} {}{query}", it.method, it.url.path())
        };
        all.iter().map(line).collect()
    }

    /// The bodies that were sent with a method.
    async fn bodies(&self, verb: &str) -> Vec<Value> {
        let all = self.server.received_requests().await.unwrap();
        let of = all.iter().filter(|it| it.method.as_str() == verb);
        of.map(|it| it.body_json().unwrap()).collect()
    }
}

fn call(verb: &str, below: &str) -> MockBuilder {
    Mock::given(method(verb))
        .and(path(format!("/v1{below}")))
        .and(header("authorization", format!("Token {TOKEN}")))
}

fn project() -> Value {
    json!({
        "id": 7, "name": "Signs", "guideline": "", "use_relation": false,
        "project_type": "DocumentClassification", "resourcetype": "TextClassificationProject",
    })
}

fn ann() -> Person {
    Person {
        trainer: "usr_ann".into(),
        email: Email::parse("ann@opentrain.work").unwrap(),
        display_name: Some("Ann B.".into()),
        country: None,
        profile_url: None,
        accounts: Vec::new(),
        returns: false,
    }
}

fn membership() -> Membership {
    Membership {
        trainer: "usr_ann".into(),
        accounts: vec!["2".into()],
        emails: Vec::new(),
        let_in: true,
        witnessed: true,
        keeps: Vec::new(),
    }
}
