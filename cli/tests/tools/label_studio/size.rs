//! Number of calls: a day of a project with 12,000 tasks, and an hour without any change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use shared::model::ids::ProjectId;
use shared::tool::{AnnotationTool, Ask, Window};
use tokio::net::TcpListener;

use super::people::User;
use super::server::{Server, TOKEN};
use super::stage::{Setup, adapter, clock};
use crate::common::wait;

const TASKS: usize = 12_000;
const DAYS: i64 = 7;

/// A counting proxy between the bridge and Label Studio.
struct Counter {
    origin: String,
    to: String,
    client: reqwest::Client,
    calls: AtomicUsize,
    bytes: AtomicUsize,
}

impl Counter {
    async fn before(server: &Server) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let counter = Arc::new(Self {
            origin: format!("http://{}", listener.local_addr().unwrap()),
            to: server.origin.clone(),
            client: wait::client(),
            calls: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        });
        let routes = Router::new()
            .fallback(pass_on)
            .with_state(Arc::clone(&counter));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        counter
    }

    /// Calls and bytes since the last call.
    fn taken(&self) -> (usize, usize) {
        let calls = self.calls.swap(0, Ordering::SeqCst);
        (calls, self.bytes.swap(0, Ordering::SeqCst))
    }
}

async fn pass_on(State(counter): State<Arc<Counter>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let url = format!("{}{}", counter.to, head.uri);
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let mut onward = counter.client.request(head.method, url).body(body);
    for name in ["authorization", "content-type"] {
        if let Some(value) = head.headers.get(name) {
            onward = onward.header(name, value);
        }
    }
    let answer = onward.send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    if let Some(kind) = answer.headers().get("content-type") {
        response = response.header("content-type", kind);
    }
    let bytes = answer.bytes().await.unwrap();
    counter.calls.fetch_add(1, Ordering::SeqCst);
    counter.bytes.fetch_add(bytes.len(), Ordering::SeqCst);
    response.body(Body::from(bytes)).unwrap()
}

/// Nine of ten tasks have an annotation. Each day of the last week has a seventh of them.
fn fill(server: &Server, project: &str) {
    let mut database = server.database();
    let done = database.transaction().unwrap();
    done.execute(
        "INSERT INTO task_completion (result, was_cancelled, ground_truth, created_at, updated_at, lead_time, task_id,
             project_id, completed_by_id, updated_by_id, unique_id, result_count, bulk_created)
         SELECT '[{\"id\":\"r' || id || '\",\"type\":\"choices\",\"value\":{\"choices\":[\"sign\"]}}]', 0, 0,
                strftime('%Y-%m-%d %H:%M:%S.000000', 'now', '-' || (id % 7) || ' days'),
                strftime('%Y-%m-%d %H:%M:%S.000000', 'now', '-' || (id % 7) || ' days'),
                40.445, id, project_id, 1, 1, lower(hex(randomblob(16))), 1, 0
         FROM task WHERE project_id = ?1 AND id % 10 <> 0",
        [project],
    )
    .unwrap();
    done.execute(
        "UPDATE task SET updated_at = strftime('%Y-%m-%d %H:%M:%S.000000', 'now', '-' || (id % 7) || ' days')
         WHERE project_id = ?1",
        [project],
    )
    .unwrap();
    done.commit().unwrap();
}

fn by_sql(server: &Server, project: &str, day: Date) -> (i64, i64) {
    let query = "SELECT COUNT(*), CAST(TOTAL(lead_time) AS INTEGER) FROM task_completion
                 WHERE project_id = ?1 AND date(created_at) = ?2";
    let database = server.database();
    let row = database.query_row(query, [project, &day.to_string()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    row.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-tools"]
async fn a_day_of_a_large_project_needs_few_calls() {
    let server = Server::start().await;
    let project = User::admin(&server).project(TASKS).await;
    fill(&server, &project);
    let counter = Counter::before(&server).await;
    let tool = adapter(&counter.origin, &TOKEN.into(), Setup::default().options);
    let id = ProjectId::from(project.as_str());
    let today = clock().now().to_zoned(TimeZone::UTC).date();
    for days in [0, 3] {
        let window = Window {
            from: today.checked_sub(days.days()).unwrap(),
            to: today,
        };
        let totals = tool.totals(&id, &Ask::of(window)).await;
        let totals = totals.unwrap().unwrap().days;
        let (calls, bytes) = counter.taken();
        println!(
            "{} days of {TASKS} tasks: {calls} calls, {bytes} bytes",
            days + 1
        );
        assert!(totals.is_complete());
        for total in totals.readable() {
            let own = (total.tasks_completed.unwrap(), total.total_seconds.unwrap());
            assert_eq!(own, by_sql(&server, &project, total.work_date));
        }
        assert_eq!(totals.len() as i64, days + 1);
        if days == 0 {
            assert!(
                calls <= 6 && bytes <= 2_000_000,
                "{calls} calls, {bytes} bytes"
            );
        }
    }
    // Tasks that were changed a moment ago would be read again, so they are moved to yesterday.
    server.age_tasks(&project);
    let window = Window {
        from: today.checked_sub(DAYS.days()).unwrap(),
        to: today,
    };
    let first = tool.totals(&id, &Ask::of(window)).await.unwrap();
    counter.taken();
    assert_eq!(tool.totals(&id, &Ask::of(window)).await.unwrap(), first);
    let (calls, bytes) = counter.taken();
    println!("nothing new: {calls} calls, {bytes} bytes");
    assert_eq!(calls, 1, "{bytes} bytes");
}
