//! Whole-day totals.

use std::time::Duration;

use serde_json::{Value, json};
use shared::http::Listing;
use shared::tool::{AnnotationTool, DayTotal, RestTool, ToolError, Window, Worker};
use wiremock::matchers::{query_param, query_param_is_missing};
use wiremock::{MockBuilder, MockServer, ResponseTemplate};

use super::{TIMEOUT, TOKEN, answer, bare, call, clock, is_transient, is_wrong, tool};

const USAGE: &str = "/projects/p-1/usage";

fn window() -> Window {
    Window {
        from: "2026-02-27".parse().unwrap(),
        to: "2026-03-01".parse().unwrap(),
    }
}

fn row(trainer: &str, day: &str, seconds: i64) -> Value {
    json!({ "trainerId": trainer, "workDate": day, "totalSeconds": seconds })
}

fn first_page() -> MockBuilder {
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

async fn totals(server: &MockServer) -> Result<Option<Listing<DayTotal>>, ToolError> {
    tool(server).totals(&"p-1".into(), window()).await
}

/// The error when the tool answers with this one page.
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
    // The tool counted on between two pages: the row that moved is the same row.
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
async fn a_cursor_that_comes_again_is_refused() {
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
        "the tool's answer can't be used: `nextCursor` comes a second time"
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

/// The rows that are left of one page, as (trainer, seconds), and what the others are said to be.
async fn read(page: &str) -> (Vec<(String, Option<i64>)>, Vec<String>) {
    let server = MockServer::start().await;
    let body = ResponseTemplate::new(200).set_body_raw(page.to_owned(), "application/json");
    first_page()
        .respond_with(body)
        .expect(1)
        .mount(&server)
        .await;
    let (rows, unreadable) = totals(&server).await.unwrap().unwrap().into_parts();
    let row = |it: DayTotal| match it.worker {
        Worker::Trainer(trainer) => (trainer.to_string(), it.total_seconds),
        Worker::Member(_) => panic!("this tool knows trainers"),
    };
    (
        rows.into_iter().map(row).collect(),
        unreadable.lines().collect(),
    )
}

#[tokio::test]
async fn a_row_that_breaks_the_contract_costs_itself_alone() {
    let address = "maria@opentrain.work";
    for (odd, named) in [
        (
            json!({ "workDate": "2026-02-27" }),
            "row at position 2: `trainerId` is missing".to_owned(),
        ),
        (
            json!({ "trainerId": null, "workDate": "2026-02-27" }),
            format!("row at position 2: `trainerId` should be {ID}"),
        ),
        (
            json!({ "trainerId": "usr_2" }),
            "row usr_2: `workDate` is missing".to_owned(),
        ),
        (
            row("usr_2", "27/02/2026", 1),
            "row usr_2 27/02/2026: `workDate` should be a day, such as 2026-01-31".to_owned(),
        ),
        (
            json!({ "trainerId": "usr_2", "workDate": "2026-02-27", "totalSeconds": address }),
            "row usr_2 2026-02-27: `totalSeconds` should be a number".to_owned(),
        ),
        (
            json!({ "trainerId": "usr_2", "workDate": "2026-02-27", "labelsCompleted": 1_u64 << 63 }),
            "row usr_2 2026-02-27: `labelsCompleted` should be a number below 2^63".to_owned(),
        ),
        (
            json!({ "trainerId": address, "workDate": "2026-02-27", "tasksCompleted": [] }),
            "row …@… 2026-02-27: `tasksCompleted` should be a number".to_owned(),
        ),
        (
            row("usr_2", "2026-02-26", 1),
            "row usr_2 2026-02-26: `workDate` should be from 2026-02-27 to 2026-03-01".to_owned(),
        ),
        (
            row("usr_2", "2026-03-02", 1),
            "row usr_2 2026-03-02: `workDate` should be from 2026-02-27 to 2026-03-01".to_owned(),
        ),
        (
            json!("usr_2"),
            "row at position 2: it should be an object".to_owned(),
        ),
    ] {
        let page = json!({ "totals": [row("usr_1", "2026-02-27", 1), odd, row("usr_3", "2026-02-27", 3)] });
        let (rows, unreadable) = read(&page.to_string()).await;
        assert_eq!(
            rows,
            [("usr_1".to_owned(), Some(1)), ("usr_3".to_owned(), Some(3))],
            "{odd}"
        );
        assert_eq!(unreadable, [named]);
    }
}

const ID: &str = "an id, which is text or a whole number";

#[tokio::test]
async fn what_can_be_meant_in_one_way_only_is_read() {
    for (written, seconds) in [
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":600.0}"#,
            Some(600),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":600.9}"#,
            Some(600),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":"600"}"#,
            Some(600),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":null}"#,
            None,
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":-5}"#,
            Some(-5),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":1e300}"#,
            Some(i64::MAX),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-26T23:30:00-02:00","totalSeconds":1}"#,
            Some(1),
        ),
        (
            r#"{"trainerId":"usr_1","workDate":"2026-02-27","totalSeconds":1,"name":"\ud83d"}"#,
            Some(1),
        ),
    ] {
        let (rows, unreadable) = read(&format!("\u{feff}{{\"totals\":[{written}]}}")).await;
        assert_eq!(rows, [("usr_1".to_owned(), seconds)], "{written}");
        assert_eq!(unreadable, [""; 0], "{written}");
    }
    let (rows, _) = read(r#"{"totals":[{"trainerId":77,"workDate":"2026-02-27"}]}"#).await;
    assert_eq!(rows, [("77".to_owned(), None)]);
}

#[tokio::test]
async fn an_answer_without_rows_is_none() {
    let told = refused(json!({ "rows": [] })).await;
    assert_eq!(told, "the tool's answer can't be used: `totals` is missing");
    let told = refused(json!({ "totals": { "canary": 1 } })).await;
    assert_eq!(
        told,
        "the tool's answer can't be used: `totals` should be a list"
    );
    let told = refused(json!({ "totals": [], "nextCursor": { "canary": 1 } })).await;
    assert_eq!(
        told,
        "the tool's answer can't be used: `nextCursor` should be text, a number or null"
    );
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
async fn two_totals_of_one_day_are_not_one() {
    let day = "2026-02-27";
    let rows = [("usr_1", 10), ("usr_2", 5), ("usr_1", 20), ("usr_1", 10)];
    let rows = rows.map(|(trainer, seconds)| row(trainer, day, seconds));
    let (rows, unreadable) = read(&json!({ "totals": rows }).to_string()).await;
    assert_eq!(rows, [("usr_2".to_owned(), Some(5))]);
    assert_eq!(
        unreadable,
        ["row usr_1 2026-02-27: there should be one total for each trainer and day"]
    );
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
async fn a_project_that_is_not_there() {
    let server = MockServer::start().await;
    bare(&server, first_page(), 404).await;
    assert!(is_wrong(&totals(&server).await.unwrap_err()));
}

#[tokio::test]
async fn a_tool_without_totals_is_asked_again_after_a_day() {
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
        assert_eq!(tool.totals(&"p-1".into(), window()).await.unwrap(), None);
    }
    assert_eq!(asked().await, 1);
    clock.advance(Duration::from_secs(86_399));
    assert_eq!(tool.totals(&"p-1".into(), window()).await.unwrap(), None);
    assert_eq!(asked().await, 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(tool.totals(&"p-1".into(), window()).await.unwrap(), None);
    assert_eq!(asked().await, 2);
}
