//! Updates that are late, repeated, unreadable, or from clocks that differ.

use std::time::Duration;

use serde_json::json;
use shared::model::ids::ContractId;
use shared::notice::NoticeSettings;
use simulator::{EventType, Fault, Hold, On, What};

use crate::common::world::play;
use crate::notices::scene::{
    answer, default, exhausted, fund, milestone, notices, report, shown, ten_hours, warning,
};

#[tokio::test]
async fn a_late_crossing_does_not_undo_the_funding() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.opentrain.hold(Hold::of(EventType::MilestoneBudgetLow));
        w.opentrain
            .hold(Hold::of(EventType::MilestoneBudgetDepleted));
        report(w, &contract, 10).await;
        fund(w, &contract, 90.0);
        w.idle().await;
        w.opentrain.release();
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
        assert_eq!(w.tool.notice_writes(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_late_crossing_does_not_undo_a_newer_answer() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        let id = ContractId::new(&contract);
        w.opentrain.hold(Hold::all());
        let exhausting = report(w, &contract, 10).await;
        let notices = notices(w, NoticeSettings::default());
        notices
            .heard(&default(), answer(w, exhausting))
            .await
            .unwrap();
        assert_eq!(
            shown(w, "streets"),
            exhausted(&[&contract]),
            "an answer shows by itself"
        );
        fund(w, &contract, 90.0);
        let funded = w.customers["default"].platform.budget(&id).await.unwrap();
        notices.heard(&default(), answer(w, funded)).await.unwrap();
        assert_eq!(shown(w, "streets"), None);
        w.opentrain.release();
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
    })
    .await;
}

/// OpenTrain's clock is a minute behind ours: the funding looks older than the answer that it undoes.
#[tokio::test]
async fn the_api_decides_when_clocks_are_in_doubt() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        let low = report(w, &contract, 8).await;
        w.idle().await;
        let notices = notices(w, NoticeSettings::default());
        notices.heard(&default(), answer(w, low)).await.unwrap();
        w.opentrain.lose_events(1);
        fund(w, &contract, 90.0);
        let a_minute_ago = w.opentrain.now() - Duration::from_secs(60);
        let fine = json!({ "contractId": contract, "state": "OK" });
        let event = milestone(
            "milestone.funded",
            9_000,
            &contract,
            a_minute_ago,
            Some(fine),
        );
        w.deliver("default", &event).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
    })
    .await;
}

#[tokio::test]
async fn an_event_without_a_budget_is_looked_up() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.opentrain.hold(Hold::all());
        report(w, &contract, 8).await;
        let now = w.opentrain.now();
        // The event claims more than is true: the API's answer counts.
        for (id, budget) in [(9_000, None), (9_001, Some(json!({ "state": 7 })))] {
            let event = milestone("milestone.budget_depleted", id, &contract, now, budget);
            w.deliver("default", &event).await;
            w.idle().await;
            assert_eq!(shown(w, "streets"), warning(&[&contract]));
        }
        w.opentrain.release();
        w.idle().await;
    })
    .await;
}

#[tokio::test]
async fn the_type_of_the_event_counts_without_an_answer_of_the_api() {
    play(async |w| {
        let contract = ten_hours(w, "streets", "maria").await;
        w.opentrain.fault(Fault::lasting(
            On::call("GET", "/contracts/*/budget"),
            What::status(403),
        ));
        let now = w.opentrain.now();
        let story = [
            ("milestone.budget_low", warning(&[&contract])),
            ("milestone.budget_depleted", exhausted(&[&contract])),
            ("milestone.funded", None),
        ];
        for (id, (kind, expected)) in (9_000..).zip(story) {
            w.deliver("default", &milestone(kind, id, &contract, now, None))
                .await;
            w.idle().await;
            assert_eq!(shown(w, "streets"), expected, "{kind}");
        }
    })
    .await;
}

/// The first budget update may arrive before the hire.
#[tokio::test]
async fn a_crossing_before_the_hire_is_shown_with_the_hire() {
    play(async |w| {
        let job = w.job("streets").await;
        w.idle().await;
        w.opentrain.hold(Hold::of(EventType::ContractStarted));
        let contract = w.hire(&job, &w.trainer("maria"));
        fund(w, &contract, 10.0);
        report(w, &contract, 10).await;
        w.idle().await;
        assert_eq!(shown(w, "streets"), None);
        w.opentrain.release();
        w.idle().await;
        assert_eq!(shown(w, "streets"), exhausted(&[&contract]));
    })
    .await;
}
