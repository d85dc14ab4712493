//! `bridge explain`, next to a running bridge.

use serde_json::{Value, json};
use shared::ledger::{Access, AccessState};
use shared::opentrain::ProvisioningMode::PartnerWebhook;
use simulator::{Fault, ToolCall, What};

use crate::common::command::{bridge, command, run};
use crate::common::events::{email, install_revoked};
use crate::common::world::{Setup, World, play, play_with};

const PROJECT: &str = "streets";

async fn explained(world: &World, what: &str) -> Value {
    bridge(world, &["explain", what, "--json"]).await.json()
}

fn commands(explained: &Value) -> Vec<&str> {
    let can = explained["youCan"].as_array().unwrap().iter();
    can.map(|it| it["command"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn access_is_explained() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let address = email("usr_maria");
        for what in ["usr_maria", &contract, &address] {
            let explained = bridge(world, &["explain", what, "--json"]).await.json();
            assert_eq!(explained["schemaVersion"], 1);
            assert_eq!(explained["trainer"], "usr_maria");
            assert_eq!(explained["verdict"], "in", "{explained}");
            assert!(explained["reason"].as_str().unwrap().contains(&contract));
        }
        world.ended(&contract, PROJECT, "usr_maria").await;
        let explained = bridge(world, &["explain", &contract, "--json"])
            .await
            .json();
        assert_eq!(explained["verdict"], "not-in", "{explained}");
        assert!(explained["next"]["at"].is_string(), "a look is to come");
        let timeline = explained["timeline"].as_array().unwrap();
        let times: Vec<_> = timeline
            .iter()
            .map(|it| {
                it["at"]
                    .as_str()
                    .unwrap()
                    .parse::<jiff::Timestamp>()
                    .unwrap()
            })
            .collect();
        assert!(times.is_sorted(), "{times:?}");
        let named: Vec<_> = timeline
            .iter()
            .filter_map(|it| it["event"].as_str())
            .collect();
        assert!(named.contains(&"access.removal-proven"), "{named:?}");
        let text = bridge(world, &["explain", "usr_maria"]).await.done();
        assert!(
            text.contains("not in") && text.contains("Timeline"),
            "{text}"
        );
        let unknown = bridge(world, &["explain", "usr_unknown"]).await.failed(2);
        for text in ["bridge status", "whose job has no link", "bridge links"] {
            assert!(unknown.contains(text), "{text}: {unknown}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_quarantined_delivery_is_brought_again_by_its_own_id() {
    let setup = Setup {
        connections: &["default", "globex"],
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let event = json!({
            "id": "7001", "type": "contract.renamed", "createdAt": world.opentrain.now(), "data": {},
        });
        let letter = world.letter("globex", event.to_string());
        assert_eq!(world.post(letter).await.status, 202);
        world.idle().await;
        let redeliver =
            "bridge endpoints redeliver ENDPOINT --delivery dlv_by_hand --connection globex";
        for what in ["7001", "dlv_by_hand"] {
            let explained = explained(world, what).await;
            assert_eq!(commands(&explained), [redeliver], "{explained}");
        }
        let status = bridge(world, &["status", "--json"]).await.json();
        let fix = status["attention"][0]["fix"].as_str().unwrap();
        assert!(fix.contains(&format!("`{redeliver}`")), "{status}");
        let mut letter = world.letter("globex", event.to_string().replace("7001", "7002"));
        letter.delivery = None;
        assert_eq!(world.post(letter).await.status, 202);
        world.idle().await;
        let explained = explained(world, "7002").await;
        let reconcile = "bridge reconcile --connection globex";
        assert_eq!(commands(&explained), [reconcile], "{explained}");
    })
    .await;
}

#[tokio::test]
async fn what_operators_did_is_in_the_timeline() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let other = world.working(&job, PROJECT, "usr_ben").await;
        bridge(world, &["retry", "usr_maria"]).await.done();
        bridge(world, &["end", &other, "--yes"]).await.done();
        bridge(world, &["end", &contract, "--yes"]).await.done();
        world.until_removed(PROJECT, "usr_maria").await;
        world.until_removed(PROJECT, "usr_ben").await;
        let explained = explained(world, "usr_maria").await;
        let timeline = explained["timeline"].as_array().unwrap();
        let uid = format!("uid {}", rustix::process::getuid().as_raw());
        for event in ["operator.retry", "operator.end"] {
            let found: Vec<_> = timeline.iter().filter(|it| it["event"] == event).collect();
            assert_eq!(found.len(), 1, "{explained}");
            assert!(found[0]["what"].as_str().unwrap().contains(&uid), "{event}");
        }
        let stated = timeline.iter().find(|it| {
            let what = it["what"].as_str().unwrap();
            what.starts_with(&format!("contract {contract} ended"))
        });
        assert_eq!(stated.unwrap()["from"], "operator", "{explained}");
        let audit = ["audit", "--trainer", "usr_maria", "--json"];
        let audit = bridge(world, &audit).await.json();
        let ends = audit["entries"].as_array().unwrap().iter();
        let ends: Vec<_> = ends.filter(|it| it["event"] == "operator.end").collect();
        assert_eq!(ends.len(), 1, "{audit}");
        assert_eq!(ends[0]["target"], contract.as_str());
    })
    .await;
}

#[tokio::test]
async fn the_commands_are_those_for_one_trainer() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.tool.set_invites(true);
        world.hire(&job, &world.trainer("usr_ben"));
        world.idle().await;
        let invited = explained(world, "usr_ben").await;
        assert_eq!(commands(&invited), ["bridge invitations"], "{invited}");
        world.tool.set_invites(false);
        let refused = Fault::lasting(ToolCall::PutMember, What::status(503));
        world.tool.fault(refused);
        world.hire(&job, &world.trainer("usr_maria"));
        let failed = |access: &Access| access.trouble.is_some();
        world.until_access("usr_maria", PROJECT, failed).await;
        let failing = explained(world, "usr_maria").await;
        assert_eq!(commands(&failing), ["bridge retry usr_maria"], "{failing}");
        world.tool.clear_faults();
        world.idle().await;
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_is_refused_for_good_has_no_tries() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.tool.refuse("usr_maria", "this person is blocked");
        world.hire(&job, &world.trainer("usr_maria"));
        world.idle().await;
        let refused = explained(world, "usr_maria").await;
        let reason = refused["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("The grant failed, and repeating it does not help: "),
            "{reason}"
        );
        assert!(reason.contains("this person is blocked"), "{reason}");
        assert_eq!(commands(&refused), ["bridge retry usr_maria"], "{refused}");
    })
    .await;
}

/// The job was linked to a project that the tool does not have.
#[tokio::test]
async fn a_project_that_does_not_exist_has_the_link_to_replace() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.tool.delete_project(PROJECT).unwrap();
        world.hire(&job, &world.trainer("usr_maria"));
        world.idle().await;
        let failed = explained(world, "usr_maria").await;
        let link = world.opentrain.links()[0].id.clone();
        let relink = [
            "bridge retry usr_maria".to_owned(),
            format!("bridge unlink {link} --force"),
            "bridge link --job JOB --project P".to_owned(),
        ];
        assert_eq!(commands(&failed), relink, "{failed}");
        let status = bridge(world, &["status"]).await.done();
        let marked = status.lines().any(|line| {
            line.starts_with("needs you: 1 grant needs you: ")
                && line.contains(" → `bridge explain")
        });
        assert!(marked, "{status}");
    })
    .await;
}

/// The connection of the first hire was revoked; the second one runs. Hires are in the order of their connections.
#[tokio::test]
async fn the_hire_that_runs_is_named_before_an_orphaned_one() {
    let setup = Setup {
        connections: &["acme", "default"],
        ..Setup::default()
    };
    play_with(setup, async |world| {
        let first = world.unlinked_job();
        world.link("acme", &first, PROJECT, PartnerWebhook).await;
        let orphaned = world.working(&first, PROJECT, "usr_maria").await;
        let second = world.job(PROJECT).await;
        let live = world.hire(&second, "usr_maria");
        world.idle().await;
        let install = &world.customers["acme"].grant.install_id;
        let revoked = install_revoked(9_000, Some(install));
        world.deliver("acme", &revoked).await;
        world.idle().await;
        let explained = explained(world, "usr_maria").await;
        let reason = explained["reason"].as_str().unwrap();
        let names_live = reason.contains(&format!("contract {live} entitles"));
        assert!(names_live && !reason.contains(&orphaned), "{reason}");
    })
    .await;
}

/// The first contract has ended; the access for the second one went with the link.
#[tokio::test]
async fn a_removal_has_the_cause_that_was_recorded_with_it() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let first = world.working(&job, PROJECT, "usr_maria").await;
        world.ended(&first, PROJECT, "usr_maria").await;
        let second = world.hire(&job, "usr_maria");
        let is_granted = |access: &Access| access.state == AccessState::Granted;
        world.until_access("usr_maria", PROJECT, is_granted).await;
        world.idle().await;
        let link = world.opentrain.links()[0].id.clone();
        bridge(world, &["unlink", &link, "--yes"]).await.done();
        world.until_removed(PROJECT, "usr_maria").await;
        let explained = explained(world, "usr_maria").await;
        let reason = explained["reason"].as_str().unwrap();
        let cause = format!("The link of contract {second} was removed at");
        assert!(reason.starts_with(&cause), "{explained}");
    })
    .await;
}

#[tokio::test]
async fn it_is_said_if_no_bridge_runs() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let copy = world.copy();
        for args in [["explain", "usr_maria"], ["retry", "usr_maria"]] {
            let json = [&args[..], &["--json"]].concat();
            let running = bridge(world, &json).await.json();
            assert_eq!(running["bridgeRuns"], true, "{running}");
            let running = bridge(world, &args).await.done();
            assert!(!running.contains("No bridge runs"), "{running}");
            let stopped = run(command(world, &copy, &json)).await.json();
            assert_eq!(stopped["bridgeRuns"], false, "{stopped}");
            let stopped = run(command(world, &copy, &args)).await.done();
            assert!(stopped.contains("No bridge runs"), "{stopped}");
        }
        world.idle().await;
        let is_granted = |access: &Access| access.state == AccessState::Granted;
        world.until_access("usr_maria", PROJECT, is_granted).await;
    })
    .await;
}
