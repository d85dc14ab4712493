//! Endpoint 8, and the events at the thresholds.

use serde_json::{Value, json};
use simulator::{BudgetState, EventType, JobOptions, PaymentType};

use crate::support::{Receiver, Scene, in_order};

const DAY: &str = "2026-01-05";

/// A contract on a job with this unit of payment, with a separate link.
async fn contract(scene: &Scene, payment_type: Option<PaymentType>) -> String {
    let options = JobOptions::default();
    let job = scene.opentrain.create_job(JobOptions {
        payment_type,
        ..options
    });
    scene.api.link(&job, Some(&job)).await;
    scene.opentrain.hire(&job, &scene.trainer).unwrap()
}

async fn report(scene: &Scene, contract: &str, field: &str, total: u64) -> Value {
    let mut entry = json!({"workDate": DAY});
    entry[field] = total.into();
    let path = format!("/contracts/{contract}/usage");
    let (status, body) = scene.api.post(&path, json!({"entries": [entry]})).await;
    assert_eq!(status, 200, "{body}");
    body["budget"].clone()
}

#[tokio::test]
async fn an_hourly_budget_counts_hours() {
    let scene = Scene::new().await;
    let contract = contract(&scene, Some(PaymentType::PayPerHour)).await;
    let milestone = scene.opentrain.fund(&contract, 10.0, 250.0).unwrap();
    let budget = report(&scene, &contract, "totalSeconds", 12_345).await;
    let expected = json!({
        "contractId": contract,
        "paymentType": "PAY_PER_HOUR",
        "state": "OK",
        "fundedVolume": 10,
        "fundedAmountUsd": 250,
        "consumed": {"seconds": 12_345, "hours": 12_345.0 / 3600.0, "labels": 0, "tasks": 0},
        "consumedVolume": 12_345.0 / 3600.0,
        "remainingVolume": 10.0 - 12_345.0 / 3600.0,
        "consumedFraction": 0.3429,
        "activeMilestone": {"id": milestone, "name": "Milestone 1", "amountUsd": 250,
            "volume": 10.0, "status": "ACTIVE_FUNDED"},
        "lastUsageAt": budget["lastUsageAt"],
    });
    assert_eq!(budget, expected);
    assert!(budget["lastUsageAt"].is_string());
    let (_, read) = scene
        .api
        .get(&format!("/contracts/{contract}/budget"))
        .await;
    assert_eq!(read, budget, "at the top level");
}

#[tokio::test]
async fn states_begin_at_80_and_100_percent() {
    let scene = Scene::new().await;
    let labels = contract(&scene, Some(PaymentType::PayPerLabel)).await;
    scene.opentrain.fund(&labels, 100_000.0, 1.0).unwrap();
    let hours = contract(&scene, Some(PaymentType::PayPerHour)).await;
    scene.opentrain.fund(&hours, 9.0, 1.0).unwrap();
    let cases = [
        (&labels, "labelsCompleted", 79_999, "OK", 0.8),
        (&labels, "labelsCompleted", 80_000, "LOW", 0.8),
        (&labels, "labelsCompleted", 99_996, "LOW", 1.0),
        (&labels, "labelsCompleted", 100_000, "DEPLETED", 1.0),
        (&labels, "labelsCompleted", 150_000, "DEPLETED", 1.5),
        (&hours, "totalSeconds", 25_919, "OK", 0.8),
        (&hours, "totalSeconds", 25_920, "LOW", 0.8),
        (&hours, "totalSeconds", 32_400, "DEPLETED", 1.0),
    ];
    for (contract, field, total, state, fraction) in cases {
        let budget = report(&scene, contract, field, total).await;
        assert_eq!(budget["state"], state, "{field} {total}");
        assert_eq!(budget["consumedFraction"].as_f64(), Some(fraction));
    }
    let budget = scene.opentrain.budget(&labels).unwrap();
    assert_eq!(
        (budget.state, budget.remaining_volume),
        (BudgetState::Depleted, 0.0)
    );
}

#[tokio::test]
async fn what_is_not_counted_or_not_funded_is_ok() {
    let scene = Scene::new().await;
    for (payment, funded) in [
        (Some(PaymentType::FixedPrice), true),
        (None, true),
        (Some(PaymentType::PayPerHour), false),
    ] {
        let contract = contract(&scene, payment).await;
        if funded {
            scene.opentrain.fund(&contract, 1.0, 1.0).unwrap();
        }
        let budget = report(&scene, &contract, "totalSeconds", 86_400).await;
        assert_eq!(budget["state"], "OK", "{payment:?}");
        assert_eq!(budget["consumedFraction"], 0);
        assert_eq!(budget["remainingVolume"], 0);
    }
}

#[tokio::test]
async fn each_upward_crossing_fires_once() {
    let scene = Scene::with(in_order()).await;
    let receiver = Receiver::start().await;
    let types = [
        EventType::MilestoneFunded,
        EventType::MilestoneBudgetLow,
        EventType::MilestoneBudgetDepleted,
    ];
    scene.api.subscribe_to(&receiver, &types).await;
    let contract = scene.hire();
    let milestone = scene.opentrain.fund(&contract, 10.0, 1.0).unwrap();
    for hours in [7, 8, 9, 10, 11] {
        report(&scene, &contract, "totalSeconds", hours * 3600).await;
    }
    // Funding lowers the fraction, and a later crossing emits an event again.
    let second = scene.opentrain.fund(&contract, 10.0, 1.0).unwrap();
    report(&scene, &contract, "totalSeconds", 16 * 3600).await;
    scene.opentrain.settle().await.unwrap();
    let received = receiver.received();
    let (funded, low) = ("milestone.funded", "milestone.budget_low");
    let expected = [
        (funded, &milestone),
        (low, &milestone),
        ("milestone.budget_depleted", &milestone),
        (funded, &second),
        (low, &second),
    ];
    assert_eq!(received.len(), expected.len());
    for (received, (kind, resource)) in received.iter().zip(expected) {
        let event = received.json();
        assert_eq!(
            (&event["type"], &event["resourceId"]),
            (&json!(kind), &json!(resource))
        );
        assert_eq!(event["jobId"], scene.job);
        assert_eq!(event["data"]["contract"]["id"], contract);
        assert_eq!(event["data"]["milestone"]["id"], *resource);
        assert_eq!(event["data"]["budget"]["contractId"], contract);
    }
    scene.assert_no_violations();
}

#[tokio::test]
async fn a_report_over_both_thresholds_crosses_both() {
    let scene = Scene::new().await;
    let contract = scene.hire();
    scene.opentrain.fund(&contract, 1.0, 1.0).unwrap();
    report(&scene, &contract, "totalSeconds", 4000).await;
    let events = scene.opentrain.events();
    let last: Vec<&str> = events
        .iter()
        .rev()
        .take(2)
        .map(|own| own.event_type.as_str())
        .collect();
    assert_eq!(last, ["milestone.budget_depleted", "milestone.budget_low"]);
}
