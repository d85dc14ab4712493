//! One pace for each token, shared by all processes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use shared::http::{PauseRows, SharedPause};
use shared::opentrain::{Disposition, OpenTrainError, Options, Paces, PlatformClient};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{TOKEN, clock};

/// The shared pauses of two processes.
#[derive(Clone, Default)]
struct Rows(Arc<Mutex<BTreeMap<String, Timestamp>>>);

struct Row(Rows, String);

impl PauseRows for Rows {
    fn of(&self, service: &str) -> Arc<dyn SharedPause> {
        Arc::new(Row(self.clone(), service.to_owned()))
    }
}

#[async_trait]
impl SharedPause for Row {
    async fn paused_until(&self) -> Option<Timestamp> {
        self.0.0.lock().unwrap().get(&self.1).copied()
    }

    async fn pause(&self, until: Timestamp) {
        self.0.0.lock().unwrap().insert(self.1.clone(), until);
    }
}

/// Client of a process.
fn process(server: &MockServer, rows: &Rows) -> PlatformClient {
    let options = Options {
        clock: clock(),
        paces: Some(Paces::new(Arc::new(rows.clone()), clock())),
        ..Options::default()
    };
    PlatformClient::new(&server.uri(), &TOKEN.into(), options).unwrap()
}

async fn answers(server: &MockServer, token: &str, answer: ResponseTemplate, times: u64) {
    Mock::given(method("GET"))
        .and(path("/api/partner/v1/project-links"))
        .and(header("authorization", format!("Bearer {token}")))
        .respond_with(answer)
        .expect(times)
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_pause_applies_to_one_token_in_all_processes() {
    let server = MockServer::start().await;
    let refused = ResponseTemplate::new(429)
        .insert_header("retry-after", "3600")
        .set_body_json(json!({ "error": "Slow down", "code": "RATE_LIMITED", "requestId": "r" }));
    answers(&server, TOKEN, refused, 1).await;
    let served = ResponseTemplate::new(200).set_body_json(json!({ "projectLinks": [] }));
    answers(&server, "ot_ptk_other", served, 1).await;
    let rows = Rows::default();
    let (first, second) = (process(&server, &rows), process(&server, &rows));
    for client in [&first, &second, &first] {
        let error = client.links().await.unwrap_err();
        assert!(matches!(error, OpenTrainError::Paused { .. }), "{error}");
        let Disposition::Transient { after: Some(after) } = error.disposition() else {
            panic!("{error}");
        };
        assert!(after > Duration::from_secs(800), "{after:?}");
    }
    let other = first.with_token(&"ot_ptk_other".into()).unwrap();
    let _ = other.links().await.unwrap();
    let named = format!("{:?}", rows.0.lock().unwrap());
    assert!(!named.contains(TOKEN), "{named}");
}
