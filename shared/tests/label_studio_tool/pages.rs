//! Pages of tasks: keyset, sizes, and what is asked for.

use serde_json::{Value, json};
use shared::tool::{AnnotationTool, ToolError, Window};
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

/// The id behind which a request asks.
fn after(request: &Request) -> u64 {
    let pairs: std::collections::HashMap<_, _> = request.url.query_pairs().into_owned().collect();
    let query: Value = serde_json::from_str(&pairs["query"]).unwrap();
    let since = &query["filters"]["items"][1];
    assert_eq!(since["value"], "2026-06-12T00:00:00.000000Z");
    assert_eq!(
        (pairs["fields"].as_str(), pairs["page"].as_str()),
        ("all", "1")
    );
    assert!(!pairs["include"].split(',').any(|field| field == "data"));
    query["filters"]["items"][0]["value"].as_u64().unwrap()
}

/// A server with tasks 1 to `tasks` that gives out `most` of them at once, whatever is asked for.
async fn serve(server: &MockServer, tasks: u64, most: u64) {
    let page = move |request: &Request| {
        let from = after(request) + 1;
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
    let totals = tool(server).totals(&"12".into(), window()).await.unwrap();
    totals
        .unwrap()
        .first()
        .and_then(|total| total.tasks_completed)
}

#[tokio::test]
async fn pages_that_are_shorter_than_asked_for_are_all_read() {
    for (tasks, most, calls) in [(0, 500, 1), (500, 500, 1), (501, 500, 2), (7, 3, 3)] {
        let server = MockServer::start().await;
        serve(&server, tasks, most).await;
        let expected = (tasks > 0).then_some(i64::try_from(tasks).unwrap());
        assert_eq!(tasks_read(&server).await, expected);
        let made = server.received_requests().await.unwrap().len();
        assert_eq!(made, calls, "{tasks} tasks by {most}");
    }
}

#[tokio::test]
async fn a_page_that_is_too_large_is_asked_for_in_parts() {
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
async fn a_list_that_goes_in_circles_is_left() {
    let server = MockServer::start().await;
    let same = json!({ "total": 9, "tasks": [task(3)] });
    answer(&server, call("GET", "/api/tasks"), 200, same).await;
    let error = tool(&server).totals(&"12".into(), window()).await;
    assert_says(&error.unwrap_err(), &["in the order of their ids"]);
}

#[tokio::test]
async fn half_a_reading_is_none() {
    let server = MockServer::start().await;
    let first = json!({ "total": 9, "tasks": [task(3)] });
    call("GET", "/api/tasks")
        .respond_with(json_of(200, first))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    answer(&server, call("GET", "/api/tasks"), 502, json!({})).await;
    let error = tool(&server).totals(&"12".into(), window()).await;
    assert!(
        matches!(error, Err(ToolError::Transient { .. })),
        "{error:?}"
    );
}
