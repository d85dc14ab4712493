//! `unlink`, `unsubscribe` and `endpoints disable` show their effects and ask.

use serde_json::json;
use simulator::EndpointStatus;

use crate::common::command::bridge;
use crate::common::world::{World, play};
use crate::operate::kit::{PROJECT, hired};
use crate::setup::ground::Ground;

const ALL: [&str; 3] = ["usr_ana", "usr_ben", "usr_maria"];

fn link(world: &World) -> String {
    world.opentrain.links()[0].id.clone()
}

#[tokio::test]
async fn unlink_shows_who_loses_access_and_changes_nothing_without_consent() {
    play(async |world| {
        hired(world, &["usr_maria", "usr_ben"]).await;
        let link = link(world);
        let asked = bridge(world, &["unlink", &link]).await;
        for shown in ["usr_maria", "usr_ben", "2 of 2 trainers"] {
            assert!(asked.out.contains(shown), "{}", asked.out);
        }
        assert!(asked.misused().contains("`--yes`"));
        let dry = bridge(world, &["unlink", &link, "--dry-run", "--json"]).await;
        let dry = dry.json();
        assert_eq!(dry["dryRun"], true);
        assert_eq!(dry["access"]["losing"], json!(["usr_ben", "usr_maria"]));
        world.idle().await;
        assert_eq!(world.opentrain.links().len(), 1);
        assert_eq!(world.members(PROJECT).len(), 2);
    })
    .await;
}

/// The number is the operator's consent: no reconcile holds these removals, even if the event is lost.
#[tokio::test]
async fn a_share_above_the_guards_limit_needs_the_number_of_people() {
    play(async |world| {
        hired(world, &ALL).await;
        let link = link(world);
        for (flags, says) in [
            (&["--yes"][..], "`--people 3`"),
            (
                &["--yes", "--people", "2"],
                "3 trainers would lose access, not 2",
            ),
        ] {
            let refused = bridge(world, &[&["unlink", &link][..], flags].concat()).await;
            let refused = refused.misused();
            assert!(refused.contains(says), "{refused}");
        }
        assert_eq!(world.opentrain.links().len(), 1);
        world.opentrain.lose_events(1);
        let stated = ["unlink", &link, "--yes", "--people", "3"];
        bridge(world, &stated).await.done();
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
        let reconciled = bridge(world, &["reconcile", "--json"]).await.json();
        assert_eq!(reconciled["held"], json!([]), "{reconciled}");
    })
    .await;
}

/// A command that was stopped after the deletion is repeated.
#[tokio::test]
async fn a_link_that_opentrain_has_deleted_already_is_recorded() {
    play(async |world| {
        hired(world, &["usr_maria"]).await;
        let link = link(world);
        world.opentrain.lose_events(1);
        world.remove_link("default", &link.as_str().into()).await;
        assert!(world.opentrain.links().is_empty());
        assert_eq!(world.members(PROJECT).len(), 1);
        let done = bridge(world, &["unlink", &link, "--yes"]).await.done();
        assert!(done.contains("deleted at OpenTrain already"), "{done}");
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
        let again = bridge(world, &["unlink", &link, "--yes"]).await;
        assert_eq!(again.code, Some(1), "it is recorded: {}", again.out);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_are_kept_without_consent() {
    let ground = Ground::connected().await;
    let hook = "https://bridge.example/hooks/default";
    ground.subscribe(hook).await.done();
    let id = ground.endpoints("default").remove(0);
    for args in [&["unsubscribe", &id][..], &["endpoints", "disable", &id]] {
        let refused = ground.bridge(args).await;
        assert!(refused.out.contains(hook), "{}", refused.out);
        assert!(refused.out.contains("No other endpoint"), "{}", refused.out);
        assert!(refused.failed(2).contains("`--yes`"));
        let dry = [args, &["--dry-run", "--json"]].concat();
        let dry = ground.bridge(&dry).await.json();
        assert_eq!(dry["otherActiveEndpoints"], 0);
        let endpoint = ground.opentrain.endpoints().remove(0);
        assert_eq!(endpoint.status, EndpointStatus::Active);
        assert_eq!(ground.endpoints("default"), std::slice::from_ref(&id));
    }
    ground.close();
}
