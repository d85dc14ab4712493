//! Pages of tasks: keyset, sizes, and requests.

use serde_json::{Value, json};
use shared::tool::{AnnotationTool, Ask, DayTotal, ToolError, Window};
use wiremock::matchers::query_param;
use wiremock::{MockServer, Request, ResponseTemplate};

use super::{answer, assert_says, call, json_of, tool};

fn window() -> Window {
    let day = "2026-06-12".parse().unwrap();
    Window { from: day, to: day }
}

fn task(id: u64) -> Value {
    json!({ "id": id, "annotations": [{
        "completed_by": 2, "updated_by": 2, "created_at": "2026-06-12T08:00:00Z", "lead_time": 1.0,
        "was_cancelled": false, "ground_truth": false, "result": [],
    }] })
}

/// The id after which a request reads; `None` if it reads moved annotations.
fn after(request: &Request) -> Option<u64> {
    let pairs: std::collections::HashMap<_, _> = request.url.query_pairs().into_owned().collect();
    let query: Value = serde_json::from_str(&pairs["query"]).unwrap();
    let since = &query["filters"]["items"][1];
    assert_eq!(since["value"], "2026-06-12T00:00:00.000000Z");
    assert_eq!(
        (pairs["fields"].as_str(), pairs["page"].as_str()),
        ("all", "1")
    );
    assert!(!pairs["include"].split(',').any(|field| field == "data"));
    let items = &query["filters"]["items"];
    if items[2].is_object() {
        assert_eq!(items[2]["filter"], "filter:tasks:completed_at");
        return None;
    }
    Some(items[0]["value"].as_u64().unwrap())
}

/// A server with tasks 1 to `tasks` that returns at most `most` of them at once.
async fn serve(server: &MockServer, tasks: u64, most: u64) {
    let page = move |request: &Request| {
        let Some(after) = after(request) else {
            return json_of(200, json!({ "total": 0, "tasks": [] }));
        };
        let from = after + 1;
        let to = tasks.min(from + most - 1);
        let page: Vec<_> = (from..=to).map(task).collect();
        json_of(200, json!({ "total": tasks + 1 - from, "tasks": page }))
    };
    call("GET", "/api/tasks")
        .respond_with(page)
        .mount(server)
        .await;
}

async fn tasks_read(server: &MockServer) -> Option<i64> {
    let totals = tool(server)
        .totals(&"12".into(), &Ask::of(window()))
        .await
        .unwrap();
    let days = totals.unwrap().days;
    days.readable()
        .first()
        .and_then(|total| total.tasks_completed)
}

#[tokio::test]
async fn short_pages_are_all_read() {
    for (tasks, most, calls) in [(0, 500, 2), (500, 500, 2), (501, 500, 3), (7, 3, 4)] {
        let server = MockServer::start().await;
        serve(&server, tasks, most).await;
        let expected = (tasks > 0).then_some(i64::try_from(tasks).unwrap());
        assert_eq!(tasks_read(&server).await, expected);
        let made = server.received_requests().await.unwrap().len();
        assert_eq!(made, calls, "{tasks} tasks by {most}");
    }
}

#[tokio::test]
async fn a_page_that_is_too_large_is_read_in_parts() {
    let server = MockServer::start().await;
    let huge =
        ResponseTemplate::new(200).set_body_raw(vec![b' '; 9 * 1024 * 1024], "application/json");
    call("GET", "/api/tasks")
        .and(query_param("page_size", "500"))
        .respond_with(huge)
        .with_priority(1)
        .mount(&server)
        .await;
    serve(&server, 130, 125).await;
    assert_eq!(tasks_read(&server).await, Some(130));
}

#[tokio::test]
async fn a_list_without_progress_is_an_error() {
    let server = MockServer::start().await;
    let same = json!({ "total": 9, "tasks": [task(3)] });
    answer(&server, call("GET", "/api/tasks"), 200, same).await;
    let error = tool(&server).totals(&"12".into(), &Ask::of(window())).await;
    assert_says(&error.unwrap_err(), &["in the order of their ids"]);
}

#[tokio::test]
async fn a_partial_reading_is_an_error() {
    let server = MockServer::start().await;
    let first = json!({ "total": 9, "tasks": [task(3)] });
    call("GET", "/api/tasks")
        .respond_with(json_of(200, first))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    answer(&server, call("GET", "/api/tasks"), 502, json!({})).await;
    let error = tool(&server).totals(&"12".into(), &Ask::of(window())).await;
    assert!(
        matches!(error, Err(ToolError::Transient { .. })),
        "{error:?}"
    );
}

/// The totals of these pages, and the unreadable parts.
async fn read(pages: &[&str]) -> (Vec<(Option<i64>, Option<i64>)>, Vec<String>) {
    let server = MockServer::start().await;
    for (rank, page) in (1..).zip(pages) {
        let body = ResponseTemplate::new(200).set_body_raw((*page).to_owned(), "application/json");
        call("GET", "/api/tasks")
            .respond_with(body)
            .up_to_n_times(1)
            .with_priority(rank)
            .mount(&server)
            .await;
    }
    let nothing_moved = json!({ "total": 0, "tasks": [] });
    answer(&server, call("GET", "/api/tasks"), 200, nothing_moved).await;
    let totals = tool(&server)
        .totals(&"12".into(), &Ask::of(window()))
        .await
        .unwrap();
    let (days, unreadable) = totals.unwrap().days.into_parts();
    let day = |it: DayTotal| (it.total_seconds, it.tasks_completed);
    (
        days.into_iter().map(day).collect(),
        unreadable.lines().collect(),
    )
}

fn page(annotations: &str) -> String {
    format!(r#"{{"total":1,"tasks":[{{"id":5,"annotations":[{annotations}]}}]}}"#)
}

#[tokio::test]
async fn an_unreadable_annotation_is_named_and_does_not_affect_others() {
    let good = r#"{"id":1,"completed_by":2,"created_at":"2026-06-12T08:00:00Z","lead_time":4.0,"result":null}"#;
    for (odd, named) in [
        (
            r#"{"id":9,"completed_by":2}"#,
            "annotation 9 of task 5: `created_at` is missing",
        ),
        (
            r#"{"completed_by":"who","created_at":"2026-06-12T08:00:00Z"}"#,
            "annotation at position 2 of task 5: `completed_by` should be a whole number",
        ),
        (
            r#"{"id":9,"completed_by":2,"created_at":"soon"}"#,
            "annotation 9 of task 5: `created_at` should be a moment, such as 2026-01-31T12:00:00Z",
        ),
        (
            "7",
            "annotation at position 2 of task 5: it should be an object",
        ),
    ] {
        let (days, unreadable) = read(&[&page(&format!("{good},{odd}"))]).await;
        assert_eq!(days, [(Some(4), Some(1))], "{odd}");
        assert_eq!(unreadable, [named]);
    }
    let meant = r#"{"id":9,"completed_by":{"id":2.0},"created_at":"2026-06-12 08:00:00","lead_time":"3.5","result":[{"value":"\ud83d"}]}"#;
    let (days, unreadable) = read(&[&page(&format!("{good},{meant}"))]).await;
    assert_eq!(
        (days.as_slice(), unreadable.len()),
        (&[(Some(7), Some(1))][..], 0)
    );
}

#[tokio::test]
async fn work_without_a_duration_still_counts() {
    let odd =
        r#"{"id":9,"completed_by":2,"created_at":"2026-06-12T08:00:00Z","lead_time":"canary"}"#;
    let (days, unreadable) = read(&[&page(odd)]).await;
    assert_eq!(days, [(None, Some(1))]);
    assert_eq!(
        unreadable,
        ["annotation 9 of task 5: `lead_time` should be a number; the task and its labels count"]
    );
}

#[tokio::test]
async fn an_unreadable_task_is_named_and_does_not_affect_others() {
    let annotation = r#"{"completed_by":2,"created_at":"2026-06-12T08:00:00Z"}"#;
    let first = format!(
        r#"{{"total":3,"tasks":[{{"id":"odd"}},{{"id":5.0,"annotations":[{annotation}]}}]}}"#
    );
    let second = format!(r#"{{"total":1,"tasks":[{{"id":6,"annotations":[{annotation}]}}]}}"#);
    let (days, unreadable) = read(&[&first, &second]).await;
    assert_eq!(days, [(None, Some(2))]);
    assert_eq!(unreadable, ["task odd: `id` should be a whole number"]);
}

#[tokio::test]
async fn a_page_without_a_readable_task_ends_the_reading() {
    let server = MockServer::start().await;
    let body = json!({ "total": 9, "tasks": [{ "id": "odd" }] });
    answer(&server, call("GET", "/api/tasks"), 200, body).await;
    let error = tool(&server).totals(&"12".into(), &Ask::of(window())).await;
    assert_says(&error.unwrap_err(), &["no task of a page can be read"]);
}
