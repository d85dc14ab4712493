//! Tools that change nothing.

use std::time::Duration;

use serde_json::json;

use super::client::Client;
use crate::common::world::play;
use crate::notices::scene::{report, ten_hours};

const PROJECT: &str = "streets";

#[tokio::test]
async fn tools_answer_about_people() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.working(&job, PROJECT, "usr_ben").await;
        let mut client = Client::start(world, &[]).await;
        let status = client.done("get_status", json!({})).await;
        assert_eq!(status["people"]["granted"], 2, "{status}");
        assert_eq!(status["bridgeRuns"], true);

        let first = client.done("list_people", json!({ "limit": 1 })).await;
        assert_eq!(
            (&first["total"], &first["truncated"]),
            (&2.into(), &true.into())
        );
        let next = json!({ "limit": 1, "cursor": first["nextCursor"] });
        let second = client.done("list_people", next).await;
        let people = [
            &first["people"][0]["trainer"],
            &second["people"][0]["trainer"],
        ];
        assert_eq!(people, ["usr_ben", "usr_maria"]);
        assert!(second["nextCursor"].is_null());
        let none = client
            .done("list_people", json!({ "state": "needs-you" }))
            .await;
        assert_eq!(none["total"], 0);

        let explained = client
            .done("explain", json!({ "id": contract, "limit": 1 }))
            .await;
        assert_eq!(explained["verdict"], "in", "{explained}");
        assert_eq!(explained["timeline"].as_array().unwrap().len(), 1);
        let projects = client.done("list_projects", json!({})).await;
        assert_eq!(
            projects["projects"][0]["people"]["granted"], 2,
            "{projects}"
        );
        let own = json!({ "trainerId": "usr_maria", "state": "live" });
        let contracts = client.done("list_contracts", own).await;
        assert_eq!(contracts["contracts"][0]["contract"], contract.as_str());
        let unknown = client
            .failed("explain", json!({ "id": "usr_unknown" }))
            .await;
        assert!(
            unknown.starts_with("usage: ") && unknown.contains("bridge status"),
            "{unknown}"
        );
        let wrong = client.failed("list_people", json!({ "nonsense": 1 })).await;
        for known in ["state", "project", "cause", "limit", "cursor"] {
            assert!(wrong.contains(known), "{wrong}");
        }
        client.close().await;
    })
    .await;
}

#[tokio::test]
async fn tools_answer_about_the_bridge() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let mut client = Client::start(world, &[]).await;
        let budget = client.done("get_budget", json!({})).await;
        assert!(budget["contracts"].is_array());
        let deliveries = json!({ "type": "contract.started", "outcome": "accepted" });
        let listed = async {
            while client.done("list_deliveries", deliveries.clone()).await["total"] != 1 {}
        };
        tokio::time::timeout(Duration::from_secs(60), listed)
            .await
            .expect("the delivery is listed");
        let letters = client.done("list_dead_letters", json!({})).await;
        assert_eq!(letters["total"], 0);
        let days = json!({ "from": "2020-01-01", "to": "2100-01-01", "trainerId": "usr_maria" });
        let audit = client.done("query_audit", days).await;
        assert!(audit["total"].as_u64().unwrap() > 1, "{audit}");
        let checked = client.done("run_check", json!({ "only": ["tool"] })).await;
        let findings = checked["findings"].as_array().unwrap();
        assert!(
            !findings.is_empty() && findings.iter().all(|it| it["part"] == "tool"),
            "{checked}"
        );
        let found = client
            .done(
                "search_docs",
                json!({ "query": "RECONCILE_MAX_REMOVALS_PERCENT", "limit": 2 }),
            )
            .await;
        assert_eq!(found["sections"].as_array().unwrap().len(), 2, "{found}");
        assert!(
            found["sections"][0]["file"]
                .as_str()
                .unwrap()
                .ends_with(".md")
        );
        let bad = json!({ "from": "yesterday", "to": "2100-01-01" });
        let bad = client.failed("query_audit", bad).await;
        assert!(bad.contains("`from` is no day"), "{bad}");
        client.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_budget_has_its_forecast_and_unknown_states_are_refused() {
    play(async |world| {
        let contract = ten_hours(world, PROJECT, "usr_maria").await;
        report(world, &contract, 4).await;
        world.idle().await;
        let mut client = Client::start(world, &[]).await;
        let asked = json!({ "projectId": PROJECT });
        let budget = client.done("get_budget", asked).await;
        let row = &budget["contracts"][0];
        assert_eq!(row["contract"], contract.as_str(), "{budget}");
        assert_eq!(row["forecast"]["unit"], "h");
        let why = row["forecast"]["unknownBecause"].as_str().unwrap();
        assert!(why.contains("a forecast needs 3"), "{budget}");
        let elsewhere = client
            .done("get_budget", json!({ "projectId": "lakes" }))
            .await;
        assert_eq!(elsewhere["total"], 0, "{elsewhere}");
        for tool in ["list_people", "list_contracts"] {
            let wrong = client.failed(tool, json!({ "state": "nonsense" })).await;
            assert!(
                wrong.contains("orphaned") || wrong.contains("needs-you"),
                "{wrong}"
            );
        }
        client.close().await;
    })
    .await;
}
