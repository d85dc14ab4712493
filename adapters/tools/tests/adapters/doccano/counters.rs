//! Work by day, from counters.

use std::time::Duration;

use jiff::civil::date;
use serde_json::{Value, json};
use shared::tool::{AnnotationTool, Ask, DayTotal, Grade, ToolError, Window, Worker};
use tools::DoccanoOptions;
use wiremock::ResponseTemplate;

use super::{Ground, call, project};

const PROGRESS: &str = "/projects/7/metrics/member-progress";
const LABELS: &str = "/projects/7/metrics/category-distribution";

async fn counts(ground: &Ground, done: i64, labels: Option<i64>) {
    let users =
        json!([{ "id": 1, "username": "admin" }, { "id": 2, "username": "ann@opentrain.work" }]);
    ground.answer("GET", "/users", 200, users).await;
    let progress = [("ann@opentrain.work", done), ("deleted@opentrain.work", 5)];
    let progress = progress.map(|(user, done)| json!({ "user": user, "done": done }));
    ground
        .answer(
            "GET",
            PROGRESS,
            200,
            json!({ "total": 100, "progress": progress }),
        )
        .await;
    match labels {
        Some(labels) => {
            let by_user = json!({ "admin": { "POS": 0 }, "ann@opentrain.work": { "POS": labels - 1, "NEG": 1 } });
            ground.answer("GET", LABELS, 200, by_user).await;
        }
        None => {
            let page = ResponseTemplate::new(500).set_body_string("<h1>Server Error (500)</h1>");
            ground.tell(call("GET", LABELS), page).await;
        }
    }
}

fn march() -> Window {
    Window {
        from: date(2026, 3, 1),
        to: date(2026, 3, 31),
    }
}

async fn totals(ground: &Ground) -> Vec<(i8, Option<i64>, Option<i64>)> {
    let totals = ground
        .tool
        .totals(&"7".into(), &Ask::of(march()))
        .await
        .unwrap()
        .unwrap()
        .days
        .whole()
        .unwrap();
    let row = |it: DayTotal| {
        assert_eq!(
            (it.worker, it.total_seconds),
            (Worker::Member("2".into()), None)
        );
        (it.work_date.day(), it.tasks_completed, it.labels_completed)
    };
    totals.into_iter().map(row).collect()
}

#[tokio::test]
async fn the_difference_of_two_readings_is_a_days_work() {
    let ground = Ground::new().await;
    counts(&ground, 4, Some(10)).await;
    assert_eq!(totals(&ground).await, [], "the first look");
    counts(&ground, 6, Some(13)).await;
    for _ in 0..2 {
        assert_eq!(
            totals(&ground).await,
            [(1, Some(2), Some(3))],
            "and again the same"
        );
    }
    ground.clock.advance(Duration::from_secs(24 * 3600));
    counts(&ground, 7, Some(13)).await;
    assert_eq!(
        totals(&ground).await,
        [(1, Some(2), Some(3)), (2, Some(1), Some(0))]
    );
}

#[tokio::test]
async fn labels_that_doccano_fails_to_report_keep_their_last_value() {
    let ground = Ground::new().await;
    counts(&ground, 0, Some(1)).await;
    totals(&ground).await;
    counts(&ground, 2, Some(4)).await;
    totals(&ground).await;
    counts(&ground, 3, None).await;
    assert_eq!(totals(&ground).await, [(1, Some(3), Some(3))]);
}

#[tokio::test]
async fn a_preview_stores_nothing() {
    let ground = Ground::new().await;
    counts(&ground, 4, Some(10)).await;
    totals(&ground).await;
    counts(&ground, 6, Some(13)).await;
    let ask = Ask {
        dry: true,
        ..Ask::of(march())
    };
    let told = ground.tool.totals(&"7".into(), &ask).await;
    let told = told.unwrap().unwrap().days;
    assert_eq!(told.readable()[0].tasks_completed, Some(2));
    counts(&ground, 4, Some(10)).await;
    assert_eq!(totals(&ground).await, [], "the six were not stored");
}

#[tokio::test]
async fn a_kind_of_project_without_label_counts_reports_only_tasks() {
    let ground = Ground::bare(DoccanoOptions::default()).await;
    let mut boxes = project();
    boxes["project_type"] = json!("BoundingBox");
    ground.answer("GET", "/projects/7", 200, boxes).await;
    for done in [0, 3] {
        counts(&ground, done, Some(9)).await;
        totals(&ground).await;
    }
    assert_eq!(totals(&ground).await, [(1, Some(3), None)]);
    assert!(
        !ground
            .requests()
            .await
            .iter()
            .any(|it| it.contains("distribution"))
    );
}

#[tokio::test]
async fn labels_that_can_not_be_counted_are_named_with_the_accounts_to_add() {
    let ground = Ground::new().await;
    counts(&ground, 4, Some(10)).await;
    totals(&ground).await;
    counts(&ground, 6, Some(13)).await;
    totals(&ground).await;
    assert!(ground.tool.check_project(&"7".into()).await.is_empty());
    counts(&ground, 7, None).await;
    let told = ground.tool.totals(&"7".into(), &Ask::of(march())).await;
    let told = told.unwrap().unwrap();
    let frozen = told.frozen.unwrap();
    assert!(
        frozen.contains("Make the accounts 2 members of project 7"),
        "{frozen}"
    );
    let day = &told.days.readable()[0];
    assert_eq!(
        (day.tasks_completed, day.labels_completed),
        (Some(3), Some(3))
    );
    let remarks = ground.tool.check_project(&"7".into()).await;
    assert_eq!(
        (remarks[0].grade, &remarks[0].says),
        (Grade::Wrong, &frozen)
    );
}

#[tokio::test]
async fn a_partial_answer_is_an_error() {
    let ground = Ground::new().await;
    counts(&ground, 4, Some(10)).await;
    totals(&ground).await;
    let answers: [(u16, Value); 2] = [(200, json!({ "total": 100 })), (503, json!({}))];
    for (status, body) in answers {
        ground.answer("GET", PROGRESS, status, body).await;
        let error = ground
            .tool
            .totals(&"7".into(), &Ask::of(march()))
            .await
            .unwrap_err();
        assert!(matches!(error, ToolError::Transient { .. }), "{error}");
    }
    counts(&ground, 5, Some(10)).await;
    assert_eq!(totals(&ground).await, [(1, Some(1), Some(0))]);
}

#[tokio::test]
async fn an_unreadable_counter_does_not_affect_other_people() {
    let ground = Ground::new().await;
    counts(&ground, 4, Some(10)).await;
    totals(&ground).await;
    counts(&ground, 6, Some(13)).await;
    let odd = json!({ "total": 100, "progress": [
        { "user": "ann@opentrain.work", "done": 6 },
        { "user": "admin", "done": "many" },
    ] });
    ground.answer("GET", PROGRESS, 200, odd).await;
    let seen = ground.tool.totals(&"7".into(), &Ask::of(march())).await;
    let seen = seen.unwrap().unwrap().days;
    assert_eq!(
        seen.unreadable().to_string(),
        "member progress at position 2: `done` should be a whole number"
    );
    let ann = &seen.readable()[0];
    assert_eq!(
        (ann.tasks_completed, ann.labels_completed),
        (Some(2), Some(3))
    );
}

/// A person who is missing from a partly readable reading still has their work.
#[tokio::test]
async fn an_unreadable_counter_subtracts_nothing() {
    let ground = Ground::new().await;
    counts(&ground, 4, Some(10)).await;
    totals(&ground).await;
    counts(&ground, 6, Some(13)).await;
    assert_eq!(totals(&ground).await, [(1, Some(2), Some(3))]);
    let odd =
        json!({ "total": 100, "progress": [{ "user": "ann@opentrain.work", "done": "many" }] });
    ground.answer("GET", PROGRESS, 200, odd).await;
    let seen = ground.tool.totals(&"7".into(), &Ask::of(march())).await;
    let seen = seen.unwrap().unwrap().days;
    assert_eq!(
        (seen.readable()[0].tasks_completed, seen.is_complete()),
        (Some(2), false)
    );
    counts(&ground, 6, Some(13)).await;
    assert_eq!(totals(&ground).await, [(1, Some(2), Some(3))]);
}

/// Counting starts with the first completely readable reading.
#[tokio::test]
async fn work_before_a_complete_reading_is_not_counted() {
    let ground = Ground::new().await;
    counts(&ground, 4, Some(10)).await;
    let odd = json!({ "total": 100, "progress": [{ "user": "ann@opentrain.work", "done": [] }] });
    ground.answer("GET", PROGRESS, 200, odd).await;
    let seen = ground.tool.totals(&"7".into(), &Ask::of(march())).await;
    assert!(seen.unwrap().unwrap().days.readable().is_empty());
    counts(&ground, 4, Some(10)).await;
    assert_eq!(totals(&ground).await, []);
}

#[tokio::test]
async fn unreadable_labels_keep_their_last_value() {
    let ground = Ground::new().await;
    counts(&ground, 4, Some(10)).await;
    totals(&ground).await;
    counts(&ground, 6, Some(13)).await;
    let odd = json!({ "ann@opentrain.work": { "POS": "some" }, "admin": { "POS": 5.0 } });
    ground.answer("GET", LABELS, 200, odd).await;
    let seen = ground.tool.totals(&"7".into(), &Ask::of(march())).await;
    let (seen, unreadable) = seen.unwrap().unwrap().days.into_parts();
    assert_eq!(
        (seen[0].tasks_completed, seen[0].labels_completed),
        (Some(2), None)
    );
    assert!(!unreadable.to_string().contains('@'), "{unreadable}");
}
