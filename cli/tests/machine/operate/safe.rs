//! `unlink`, `unsubscribe` and `endpoints disable` show their effects and ask.

use serde_json::{Value, json};
use shared::ledger::{OnInstallRevoked, Policy};
use simulator::EndpointStatus;

use crate::common::command::bridge;
use crate::common::world::{Setup, World, play, play_with};
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

#[tokio::test]
async fn disconnect_names_who_loses_access_and_needs_their_number() {
    let setup = Setup {
        policy: Policy {
            on_install_revoked: OnInstallRevoked::Remove,
            ..Policy::default()
        },
        ..Setup::default()
    };
    play_with(setup, async |world| {
        hired(world, &ALL).await;
        let unknown = bridge(world, &["disconnect", "acme", "--dry-run"]).await;
        assert!(!unknown.out.contains("acme"), "{}", unknown.out);
        assert!(unknown.misused().contains("acme"));
        let disconnect = ["disconnect", "default"];
        let with = |flags: &[&'static str]| [&disconnect[..], flags].concat();
        let dry = bridge(world, &with(&["--dry-run", "--json"])).await.json();
        assert_eq!(dry["access"]["losing"], json!(ALL), "{dry}");
        for (flags, says) in [
            (&["--yes"][..], "`--people 3`"),
            (&["--yes", "--people", "2"], "lose access, not 2"),
        ] {
            let refused = bridge(world, &with(flags)).await.misused();
            assert!(refused.contains(says), "{refused}");
        }
        world.idle().await;
        assert_eq!(world.members(PROJECT).len(), 3);
        let done = bridge(world, &with(&["--yes", "--people", "3"])).await;
        let done = done.done();
        assert!(
            done.contains("3 of 3 trainers with access lose it"),
            "{done}"
        );
        world.idle().await;
        assert!(world.members(PROJECT).is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_error_is_json_with_json() {
    play(async |world| {
        for (args, code, says) in [
            (&["retry", "usr_unknown", "--json"][..], 2, "no trainer"),
            (&["status", "--json", "--unknown"], 2, "--unknown"),
            (&["contracts", "--json", "--connection", "acme"], 2, "acme"),
        ] {
            let error = bridge(world, args).await.failed(code);
            let error: Value = serde_json::from_str(&error).unwrap();
            assert_eq!(error["exitCode"], code);
            assert!(error["error"].as_str().unwrap().contains(says), "{error}");
        }
        let text = bridge(world, &["retry", "usr_unknown"]).await.misused();
        assert!(text.starts_with("error: "), "{text}");
    })
    .await;
}

#[tokio::test]
async fn end_shows_what_ends_and_changes_nothing_without_consent() {
    play(async |world| {
        hired(world, &["usr_maria"]).await;
        let contract = world.known("usr_maria").await.hires[0].contract.clone();
        let end = ["end", contract.as_str()];
        let dry = [&end[..], &["--dry-run", "--json"]].concat();
        let dry = bridge(world, &dry).await.json();
        assert_eq!(dry["dryRun"], true, "{dry}");
        assert_eq!(dry["hires"][0]["contract"], contract.as_str());
        let asked = bridge(world, &end).await;
        assert!(asked.out.contains("will end: contract"), "{}", asked.out);
        assert!(asked.misused().contains("`--yes`"));
        world.idle().await;
        assert_eq!(world.members(PROJECT), ["usr_maria"]);
        let done = [&end[..], &["--yes", "--json"]].concat();
        let done = bridge(world, &done).await;
        assert!(done.err.contains("will end: contract"), "{}", done.err);
        assert_eq!(done.json()[0]["recorded"], true);
        world.until_removed(PROJECT, "usr_maria").await;
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
