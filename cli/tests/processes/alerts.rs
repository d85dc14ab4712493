//! `ALERT_WEBHOOK_URL`, as an operator sets it.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::{Json, Router};
use serde_json::Value;
use tokio::net::TcpListener;

use super::kit::{Bridge, Ground};
use crate::common::canaries;
use crate::common::events::{Link, started};
use crate::common::wait::until;

type Posts = Arc<Mutex<Vec<Value>>>;

/// A channel that accepts every post. Its URL is a secret.
async fn channel() -> (String, Posts) {
    let posts = Posts::default();
    let take = async |State(posts): State<Posts>, Json(post): Json<Value>| {
        posts.lock().unwrap().push(post);
    };
    let routes = Router::new().fallback(take).with_state(Arc::clone(&posts));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/canary", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (url, posts)
}

#[tokio::test]
async fn what_needs_an_operator_is_posted_once_in_spite_of_restarts() {
    let ground = Ground::new().await;
    let (url, posts) = channel().await;
    ground.tool.set_token("canary-another-token");
    let serve = || {
        let mut command = ground.command(&["serve"]);
        command.env("ALERT_WEBHOOK_URL", &url);
        Bridge::start(command)
    };
    let bridge = ground.serve();
    let event = started(1, "ctr_1", "usr_maria", &Link::new("link_1", "streets"));
    assert_eq!(ground.deliver(bridge.address, &event).await.status, 202);
    until("the access needs an operator", async || {
        ground.status().await["access"][0]["trouble"]["cause"] == "operator"
    })
    .await;
    assert!(bridge.terminate().0.success());
    assert!(posts.lock().unwrap().is_empty());

    let bridge = serve();
    until("it is posted", async || !posts.lock().unwrap().is_empty()).await;
    let (status, log) = bridge.terminate();
    assert!(status.success(), "{log}");
    let bridge = serve();
    // The first look is done long before an event is processed.
    let event = started(2, "ctr_2", "usr_ben", &Link::new("link_1", "streets"));
    assert_eq!(ground.deliver(bridge.address, &event).await.status, 202);
    until("the event is processed", async || {
        ground.status().await["access"].as_array().unwrap().len() == 2
    })
    .await;
    let (status, log) = bridge.terminate();
    assert!(
        status.success() && log.contains("alerts were looked for"),
        "{log}"
    );
    let posts = posts.lock().unwrap();
    let subject = "usr_maria in project streets";
    let mut posts = posts.iter().filter(|it| it["subjects"][0] == subject);
    let first = posts.next().unwrap();
    assert_eq!(
        (&first["alert"], &first["state"]),
        (&"operator-needed".into(), &"started".into())
    );
    canaries::assert_none_in(&first.to_string());
    assert_eq!(posts.next(), None);
}
