//! Endpoint 9.

use std::sync::Arc;

use serde_json::{Value, json};
use simulator::{Options, UsageRow};

use crate::support::Scene;

/// A scene on 5 January 2026, at noon in UTC.
async fn scene() -> Scene {
    let noon: jiff::Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
    let options = Options {
        clock: Arc::new(move || noon),
        ..Options::default()
    };
    Scene::with(options).await
}

async fn report(scene: &Scene, contract: &str, entries: Value) -> (u16, Value) {
    let path = format!("/contracts/{contract}/usage");
    scene.api.post(&path, json!({"entries": entries})).await
}

#[tokio::test]
async fn totals_replace_and_omitted_fields_stay() {
    let scene = scene().await;
    let contract = scene.hire();
    let day = "2026-01-05";
    let first = json!([{"workDate": day, "totalSeconds": 3600, "labelsCompleted": 10},
        {"workDate": "2026-01-04", "totalSeconds": 60, "externalReportId": "r1"}]);
    let (status, body) = report(&scene, &contract, first).await;
    assert_eq!((status, &body["accepted"]), (200, &json!(2)));
    assert_eq!(body["contractId"], contract);
    let second = json!([{"workDate": day, "totalSeconds": 1800, "tasksCompleted": 3,
        "workerOpentrainUserId": scene.trainer}]);
    for _ in 0..2 {
        let (_, body) = report(&scene, &contract, second.clone()).await;
        let consumed = &body["budget"]["consumed"];
        assert_eq!(consumed["seconds"], 1860);
        assert_eq!(
            (&consumed["tasks"], &consumed["labels"]),
            (&json!(3), &json!(10))
        );
    }
    let third = json!([{"workDate": day, "labelsCompleted": 10}]);
    report(&scene, &contract, third).await;
    let rows = scene.opentrain.usage(&contract).unwrap();
    let expected = UsageRow {
        worker: scene.trainer.clone(),
        day: day.parse().unwrap(),
        seconds: Some(1800),
        tasks: Some(3),
        labels: Some(10),
    };
    assert_eq!(rows[1], expected);
    assert_eq!(scene.opentrain.usage_requests(), 4);
    scene.assert_no_violations();
}

#[tokio::test]
async fn a_float_without_a_fraction_is_a_whole_number() {
    let scene = scene().await;
    let contract = scene.hire();
    let entries = |seconds: f64| json!([{"workDate": "2026-01-05", "totalSeconds": seconds}]);
    let (status, body) = report(&scene, &contract, entries(3600.0)).await;
    assert_eq!(
        (status, &body["budget"]["consumed"]["seconds"]),
        (200, &json!(3600))
    );
    assert_eq!(report(&scene, &contract, entries(3600.5)).await.0, 400);
    assert_eq!(report(&scene, &contract, entries(-1.0)).await.0, 400);
}

#[tokio::test]
async fn one_bad_entry_refuses_the_whole_report() {
    let scene = scene().await;
    let contract = scene.hire();
    let bad = [
        json!({"totalSeconds": 1}),
        json!({"workDate": "05.01.2026"}),
        json!({"workDate": "2026-1-5"}),
        json!({"workDate": "20260105"}),
        json!({"workDate": "2026-02-30"}),
        json!({"workDate": "2026-01-06"}),
        json!({"workDate": "2026-01-05", "totalSeconds": 86_401}),
        json!({"workDate": "2026-01-05", "totalSeconds": -1}),
        json!({"workDate": "2026-01-05", "tasksCompleted": -1}),
        json!({"workDate": "2026-01-05", "labelsCompleted": 1.5}),
        json!({"workDate": "2026-01-05", "workerOpentrainUserId": "usr_99"}),
        json!({"workDate": "2026-01-03", "totalSeconds": 2}),
    ];
    for bad in bad {
        let good = json!({"workDate": "2026-01-03", "totalSeconds": 1});
        let (status, body) = report(&scene, &contract, json!([good, bad])).await;
        assert_eq!(
            (status, &body["code"]),
            (400, &json!("BAD_REQUEST")),
            "{bad}"
        );
        assert_eq!(body["details"], json!({"entry": 1}));
    }
    assert_eq!(scene.opentrain.usage(&contract).unwrap(), []);
    scene.assert_no_violations();
}

#[tokio::test]
async fn a_report_holds_1_to_100_entries() {
    let scene = scene().await;
    let contract = scene.hire();
    let first: jiff::civil::Date = "2025-01-01".parse().unwrap();
    let entries = |count: usize| -> Value {
        let days = first.series(jiff::Span::new().days(1)).take(count);
        days.map(|day| json!({"workDate": day, "totalSeconds": 86_400}))
            .collect()
    };
    for (count, expected) in [(0, 400), (1, 200), (100, 200), (101, 400)] {
        let (status, _) = report(&scene, &contract, entries(count)).await;
        assert_eq!(status, expected, "{count}");
    }
    let path = format!("/contracts/{contract}/usage");
    assert_eq!(scene.api.post(&path, json!({})).await.0, 400);
}

#[tokio::test]
async fn unknown_unlinked_and_empty_contracts_have_different_errors() {
    let scene = scene().await;
    let entries = json!([{"workDate": "2026-01-05", "totalSeconds": 1}]);
    let unhired = scene
        .opentrain
        .contract_without_trainer(&scene.job)
        .unwrap();
    assert_eq!(report(&scene, &unhired, entries.clone()).await.0, 409);
    assert_eq!(report(&scene, "ctr_99", entries.clone()).await.0, 404);
    let contract = scene.hire();
    scene.opentrain.end_contract(&contract).unwrap();
    assert_eq!(report(&scene, &contract, entries.clone()).await.0, 200);
    scene
        .api
        .delete(&format!("/project-links/{}", scene.link))
        .await;
    assert_eq!(report(&scene, &contract, entries).await.0, 404);
}
