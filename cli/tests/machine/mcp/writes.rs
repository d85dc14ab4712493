//! Tools that change something.

use serde_json::{Value, json};
use simulator::Endpoint;

use super::client::Client;
use crate::common::command::bridge;
use crate::common::world::play;

const PROJECT: &str = "streets";

#[tokio::test]
async fn a_plan_is_applied_only_while_it_holds() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_ben").await;
        world.opentrain.lose_events(1);
        world.end(&contract);
        let mut client = Client::start(world, &["--allow-writes"]).await;
        let plan = client.done("plan_reconcile", json!({})).await;
        assert_eq!(plan["counts"]["revoke"], 1, "{plan}");
        assert_eq!(plan["removals"][0]["trainer"], "usr_ben");
        assert_eq!(
            world.members(PROJECT),
            ["usr_ben"],
            "a plan changes nothing"
        );

        world.opentrain.lose_events(1);
        world.hire(&job, &world.trainer("usr_maria"));
        let id = json!({ "planId": plan["planId"] });
        let stale = client.failed("apply_reconcile", id).await;
        assert!(
            stale.contains("no longer holds") && stale.contains("usr_maria"),
            "{stale}"
        );
        assert_eq!(world.members(PROJECT), ["usr_ben"]);

        let lists = || world.opentrain.requests()[&Endpoint::ListContracts];
        let before = lists();
        let plan = client.done("plan_reconcile", json!({})).await;
        let of_one_run = lists() - before;
        let id = json!({ "planId": plan["planId"] });
        let applied = client.done("apply_reconcile", id.clone()).await;
        assert_eq!(applied["applied"], true, "{applied}");
        assert_eq!(
            lists() - before,
            2 * of_one_run,
            "OpenTrain is read once to apply it"
        );
        world.idle().await;
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        let again = client.done("apply_reconcile", id).await;
        assert_eq!(again["counts"], applied["counts"], "the same answer");
        let unknown = client
            .failed("apply_reconcile", json!({ "planId": "plan_1" }))
            .await;
        assert!(unknown.contains("plan_reconcile"), "{unknown}");

        let audit = bridge(world, &["audit", "--json"]).await.json();
        let rows = audit["entries"].as_array().unwrap().iter();
        let agents: Vec<_> = rows.filter(|it| it["event"] == "operator.agent").collect();
        assert_eq!(agents.len(), 2, "the refused one, too: {agents:?}");
        assert_eq!(agents[0]["target"], "apply_reconcile by test-client 7");
        client.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_link_is_deleted_only_with_the_number_of_people() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let mut client = Client::start(world, &["--allow-writes"]).await;
        let projects = client.done("list_projects", json!({})).await;
        let link = projects["projects"][0]["links"][0]["link"].clone();
        let dry = client
            .done("unlink_project", json!({ "linkId": link }))
            .await;
        assert_eq!((&dry["dryRun"], &dry["people"]), (&true.into(), &1.into()));
        for wrong in [json!(2), Value::Null] {
            let args = json!({ "linkId": link, "dryRun": false, "confirmPeople": wrong });
            let refused = client.failed("unlink_project", args).await;
            assert!(refused.contains("1 people would lose"), "{refused}");
        }
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        let args = json!({ "linkId": link, "dryRun": false, "confirmPeople": 1 });
        let gone = client.done("unlink_project", args).await;
        assert_eq!(gone["recorded"], true, "{gone}");
        world.until_removed(PROJECT, "usr_maria").await;

        world.project("lakes");
        let job = world.unlinked_job();
        let args = json!({ "jobId": job, "projectId": "lakes" });
        let dry = client.done("link_project", args).await;
        assert_eq!(dry["project"]["id"], "lakes", "{dry}");
        let args = json!({ "jobId": job, "projectId": "lakes", "dryRun": false });
        let linked = client.done("link_project", args).await;
        assert!(linked["link"]["id"].is_string(), "{linked}");
        let retried = client
            .done("retry_person", json!({ "trainerId": "usr_maria" }))
            .await;
        assert_eq!(retried["trainer"], "usr_maria");
        world.idle().await;
        let none = client
            .failed("redrive_dead_letters", json!({ "ids": [] }))
            .await;
        assert!(none.contains("`ids` is empty"), "{none}");
        let reason = json!({ "ids": ["17"], "reason": " " });
        let none = client.failed("drop_dead_letters", reason).await;
        assert!(none.contains("`--reason` is empty"), "{none}");
        client.close().await;
    })
    .await;
}
