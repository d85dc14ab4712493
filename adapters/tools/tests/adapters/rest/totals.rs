//! Whole-day totals.

use std::time::Duration;

use serde_json::{Value, json};
use shared::model::json::Listing;
use shared::tool::{AnnotationTool, Ask, DayTotal, ToolError, Window};
use tools::RestTool;
use wiremock::matchers::{query_param, query_param_is_missing};
use wiremock::{MockBuilder, MockServer, ResponseTemplate};

use super::{TIMEOUT, TOKEN, answer, bare, call, clock, is_no_project, is_transient, tool};

const USAGE: &str = "/projects/p-1/usage";

fn window() -> Window {
    Window {
        from: "2026-02-27".parse().unwrap(),
        to: "2026-03-01".parse().unwrap(),
    }
}

pub(super) fn row(trainer: &str, day: &str, seconds: i64) -> Value {
    json!({ "trainerId": trainer, "workDate": day, "totalSeconds": seconds })
}

pub(super) fn first_page() -> MockBuilder {
    call("GET", USAGE)
        .and(query_param("from", "2026-02-27"))
        .and(query_param("to", "2026-03-01"))
        .and(query_param_is_missing("cursor"))
}

fn page_after(cursor: &str) -> MockBuilder {
    call("GET", USAGE)
        .and(query_param("from", "2026-02-27"))
        .and(query_param("cursor", cursor))
}

pub(super) async fn totals(server: &MockServer) -> Result<Option<Listing<DayTotal>>, ToolError> {
    let totals = tool(server)
        .totals(&"p-1".into(), &Ask::of(window()))
        .await?;
    Ok(totals.map(|totals| totals.days))
}

/// The error for this single page.
async fn refused(page: Value) -> String {
    let server = MockServer::start().await;
    answer(&server, first_page(), 200, page).await;
    let error = totals(&server).await.unwrap_err();
    assert!(is_transient(&error), "{error}");
    error.to_string()
}

#[tokio::test]
async fn every_page_is_read() {
    let server = MockServer::start().await;
    let page = json!({ "totals": [row("usr_1", "2026-02-27", 10)], "nextCursor": "a&b=ü" });
    answer(&server, first_page(), 200, page).await;
    let page = json!({ "totals": [row("usr_1", "2026-03-01", 20)], "nextCursor": "c" });
    answer(&server, page_after("a&b=ü"), 200, page).await;
    // The tool continued to count between two pages, so a row has moved and is returned twice.
    let last = json!({ "totals": [row("usr_1", "2026-03-01", 20), { "trainerId": "usr_2", "workDate": "2026-02-28", "tasksCompleted": 3 }], "nextCursor": null });
    answer(&server, page_after("c"), 200, last).await;
    let totals = totals(&server).await.unwrap().unwrap().whole().unwrap();
    assert_eq!(totals.len(), 3);
    assert_eq!(totals[2].tasks_completed, Some(3));
    assert_eq!(
        totals[2].total_seconds, None,
        "what is not measured is absent, not zero"
    );
}

#[tokio::test]
async fn an_empty_cursor_is_the_end() {
    let server = MockServer::start().await;
    answer(
        &server,
        first_page(),
        200,
        json!({ "totals": [], "nextCursor": "" }),
    )
    .await;
    assert_eq!(totals(&server).await.unwrap(), Some(Listing::default()));
}

#[tokio::test]
async fn a_repeated_cursor_is_refused() {
    let server = MockServer::start().await;
    answer(
        &server,
        first_page(),
        200,
        json!({ "totals": [], "nextCursor": "a" }),
    )
    .await;
    answer(
        &server,
        page_after("a"),
        200,
        json!({ "totals": [], "nextCursor": "b" }),
    )
    .await;
    answer(
        &server,
        page_after("b"),
        200,
        json!({ "totals": [], "nextCursor": "a" }),
    )
    .await;
    let error = totals(&server).await.unwrap_err();
    assert!(is_transient(&error));
    assert_eq!(
        error.to_string(),
        "the tool's answer can't be used: `nextCursor` is repeated"
    );
}

#[tokio::test]
async fn cursors_that_never_end_are_refused() {
    let server = MockServer::start().await;
    let count = std::sync::atomic::AtomicUsize::new(0);
    let endless = move |_: &wiremock::Request| {
        let next = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        super::json(200, json!({ "totals": [], "nextCursor": next.to_string() }))
    };
    call("GET", USAGE)
        .respond_with(endless)
        .expect(1000)
        .mount(&server)
        .await;
    let error = totals(&server).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the tool's answer can't be used: there are more than 1000 pages"
    );
}

#[tokio::test]
async fn an_answer_without_rows_is_an_error() {
    let cure =
        "correct the tool's answer to `GET …/usage`; docs/bring-your-own-tool.md has its form";
    for (page, why) in [
        (json!({ "rows": [] }), "`totals` is missing"),
        (
            json!({ "totals": { "canary": 1 } }),
            "`totals` should be a list",
        ),
        (
            json!({ "totals": [], "nextCursor": { "canary": 1 } }),
            "`nextCursor` should be text, a number or null",
        ),
    ] {
        let told = refused(page).await;
        let expected = format!("the tool's answer can't be used: {why}; {cure}");
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_cursor_may_be_a_number() {
    let server = MockServer::start().await;
    let page = json!({ "totals": [row("usr_1", "2026-02-27", 10)], "nextCursor": 2 });
    answer(&server, first_page(), 200, page).await;
    let page = json!({ "totals": [row("usr_2", "2026-02-27", 20)] });
    answer(&server, page_after("2"), 200, page).await;
    assert_eq!(totals(&server).await.unwrap().unwrap().readable().len(), 2);
}

#[tokio::test]
async fn an_answer_without_a_content_type_is_read_if_it_is_json() {
    let page = json!({ "totals": [row("usr_1", "2026-02-27", 10)] }).to_string();
    for kind in ["", "text/json"] {
        let server = MockServer::start().await;
        let body = ResponseTemplate::new(200).set_body_raw(page.clone(), kind);
        first_page().respond_with(body).mount(&server).await;
        assert_eq!(totals(&server).await.unwrap().unwrap().len(), 1, "{kind}");
        server.reset().await;
        let html = ResponseTemplate::new(200).set_body_raw("<html>canary", kind);
        first_page().respond_with(html).mount(&server).await;
        let told = totals(&server).await.unwrap_err().to_string();
        assert!(!told.contains("canary"), "{told}");
    }
}

#[tokio::test]
async fn a_missing_project() {
    let server = MockServer::start().await;
    bare(&server, first_page(), 404).await;
    assert!(is_no_project(&totals(&server).await.unwrap_err()));
}

#[tokio::test]
async fn a_tool_without_totals_is_called_again_after_a_day() {
    let server = MockServer::start().await;
    first_page()
        .respond_with(ResponseTemplate::new(501))
        .expect(2)
        .mount(&server)
        .await;
    let clock = clock();
    let tool = RestTool::new(&server.uri(), &TOKEN.into(), TIMEOUT, clock.clone()).unwrap();
    let asked = async || server.received_requests().await.unwrap().len();
    for _ in 0..3 {
        assert_eq!(
            tool.totals(&"p-1".into(), &Ask::of(window()))
                .await
                .unwrap(),
            None
        );
    }
    assert_eq!(asked().await, 1);
    clock.advance(Duration::from_secs(86_399));
    assert_eq!(
        tool.totals(&"p-1".into(), &Ask::of(window()))
            .await
            .unwrap(),
        None
    );
    assert_eq!(asked().await, 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        tool.totals(&"p-1".into(), &Ask::of(window()))
            .await
            .unwrap(),
        None
    );
    assert_eq!(asked().await, 2);
}
