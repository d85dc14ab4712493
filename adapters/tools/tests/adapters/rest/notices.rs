//! Notices on a project.

use std::time::Duration;

use serde_json::json;
use shared::tool::{AnnotationTool, Ask, Notice, NoticeLevel, Window};
use tools::RestTool;
use wiremock::matchers::body_json;
use wiremock::{MockServer, ResponseTemplate};

use super::{TIMEOUT, TOKEN, absent, bare, call, clock, is_no_project, is_transient, tool};

const NOTICE: &str = "/projects/p-1/notice";

fn notice() -> Notice {
    Notice {
        level: NoticeLevel::Exhausted,
        text: "Nothing is left".into(),
        url: "https://app.opentrain.ai/x".into(),
        contract_ids: vec!["ct_1".into(), "ct_2".into()],
    }
}

#[tokio::test]
async fn a_notice_is_shown() {
    let server = MockServer::start().await;
    let sent = json!({
        "level": "exhausted", "text": "Nothing is left", "url": "https://app.opentrain.ai/x", "contractIds": ["ct_1", "ct_2"]
    });
    bare(&server, call("PUT", NOTICE).and(body_json(sent)), 204).await;
    assert!(
        tool(&server)
            .show_notice(&"p-1".into(), &notice())
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_notice_is_removed_whether_or_not_there_was_one() {
    let server = MockServer::start().await;
    bare(&server, call("DELETE", NOTICE), 204).await;
    assert!(tool(&server).clear_notice(&"p-1".into()).await.unwrap());
    let server = MockServer::start().await;
    absent(&server, call("DELETE", NOTICE)).await;
    assert!(tool(&server).clear_notice(&"p-1".into()).await.unwrap());
}

#[tokio::test]
async fn a_notice_needs_a_project() {
    let server = MockServer::start().await;
    absent(&server, call("PUT", NOTICE)).await;
    let error = tool(&server)
        .show_notice(&"p-1".into(), &notice())
        .await
        .unwrap_err();
    assert!(is_no_project(&error));
}

#[tokio::test]
async fn a_failing_notice_does_not_mean_unsupported_notices() {
    let server = MockServer::start().await;
    call("PUT", NOTICE)
        .respond_with(ResponseTemplate::new(503))
        .expect(2)
        .mount(&server)
        .await;
    let tool = tool(&server);
    for _ in 0..2 {
        assert!(is_transient(
            &tool
                .show_notice(&"p-1".into(), &notice())
                .await
                .unwrap_err()
        ));
    }
}

#[tokio::test]
async fn a_tool_without_notices_is_not_called_for_a_day() {
    let server = MockServer::start().await;
    call("PUT", NOTICE)
        .respond_with(ResponseTemplate::new(501))
        .expect(1)
        .mount(&server)
        .await;
    call("DELETE", NOTICE)
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let usage = ResponseTemplate::new(200).set_body_json(json!({ "totals": [] }));
    call("GET", "/projects/p-1/usage")
        .respond_with(usage)
        .expect(1)
        .mount(&server)
        .await;
    let clock = clock();
    let tool = RestTool::new(&server.uri(), &TOKEN.into(), TIMEOUT, clock.clone()).unwrap();
    assert!(!tool.show_notice(&"p-1".into(), &notice()).await.unwrap());
    assert!(!tool.show_notice(&"p-1".into(), &notice()).await.unwrap());
    assert!(!tool.clear_notice(&"p-1".into()).await.unwrap());
    // Usage is independent of notices.
    let window = Window {
        from: "2026-02-27".parse().unwrap(),
        to: "2026-02-27".parse().unwrap(),
    };
    let totals = tool
        .totals(&"p-1".into(), &Ask::of(window))
        .await
        .unwrap()
        .unwrap();
    assert!(totals.days.is_complete() && totals.days.is_empty());
    clock.advance(Duration::from_secs(86_400));
    assert!(tool.clear_notice(&"p-1".into()).await.unwrap());
}
