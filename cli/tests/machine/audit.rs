//! `bridge audit` and `bridge forget`, next to a running bridge.

use std::path::Path;

use serde_json::Value;
use shared::ledger::{Access, AccessState};
use simulator::Hold;

use crate::common::canaries;
use crate::common::command::{bridge, command, run};
use crate::common::events::{Link, started};
use crate::common::world::{World, play};
use crate::reconcile::kit::reconcile;

const PROJECT: &str = "streets";

async fn entries(world: &World, flags: &[&str]) -> Vec<Value> {
    let all = bridge(world, &[&["audit", "--json"], flags].concat())
        .await
        .json();
    all["entries"].as_array().unwrap().clone()
}

fn events(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect()
}

/// A trainer who was hired and whose contract has ended. Returns the contract.
async fn hired_and_ended(world: &World, trainer: &str) -> String {
    let job = world.job(PROJECT).await;
    let contract = world.working(&job, PROJECT, trainer).await;
    world.ended(&contract, PROJECT, trainer).await;
    contract
}

#[tokio::test]
async fn a_hire_and_its_end_are_proven() {
    play(async |world| {
        let contract = hired_and_ended(world, "usr_maria").await;
        let found = entries(world, &["--trainer", "usr_maria"]).await;
        let expected = [
            "access.grant-asked",
            "access.granted",
            "access.removal-asked",
            "access.removal-proven",
        ];
        assert_eq!(events(&found), expected);
        let proven = found.last().unwrap();
        assert_eq!(proven["contract"], contract.as_str());
        assert_eq!(proven["cause"], "event");
        assert!(proven["causeEvent"].is_string(), "{proven}");
        assert_eq!(proven["readBack"], "account");
        assert!(proven["delaySeconds"].as_i64().unwrap() >= 0);
        assert_eq!(entries(world, &["--project", "other"]).await.len(), 0);
        let by_day = entries(world, &["--project", PROJECT]).await;
        assert_eq!(by_day, found);
        let csv = bridge(world, &["audit", "--csv"]).await.done();
        assert_eq!(csv.lines().count(), 1 + found.len());
        assert!(csv.starts_with("at,recordedAt,event,"), "{csv}");
        assert!(
            bridge(world, &["audit", "verify"])
                .await
                .done()
                .contains("whole:")
        );
    })
    .await;
}

#[tokio::test]
async fn an_export_names_its_rows_and_who_made_it() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_ben").await;
        let dir = world.folder.path().join("evidence");
        let dir = dir.to_str().unwrap();
        bridge(world, &["audit", "export", dir, "--population"])
            .await
            .done();
        let read = |name: &str| std::fs::read_to_string(Path::new(dir).join(name)).unwrap();
        let manifest: Value = serde_json::from_str(&read("manifest.json")).unwrap();
        let files = manifest["files"].as_array().unwrap();
        assert_eq!(files.len(), 4);
        for file in files {
            let text = read(file["name"].as_str().unwrap());
            assert_eq!(
                file["sha256"],
                shared::ledger::audit::sha256(&text).as_str()
            );
            canaries::assert_none_in(&text);
        }
        let actor = manifest["exportedBy"].as_str().unwrap();
        assert!(actor.contains("uid "), "{actor}");
        assert_eq!(manifest["verified"]["broken"], serde_json::json!([]));
        assert!(read("population.jsonl").contains("usr_ben"));
        let all = entries(world, &[]).await;
        let export = all
            .iter()
            .find(|it| it["event"] == "operator.audit-exported");
        assert_eq!(export.unwrap()["actor"], actor);
        let again = bridge(world, &["audit", "export", dir]).await.failed(2);
        assert!(again.contains("exists"), "{again}");
    })
    .await;
}

/// Access stays for the other contract: its later removal is no delay of the first end.
#[tokio::test]
async fn access_that_another_contract_needed_has_no_delay() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let first = world.working(&job, PROJECT, "usr_maria").await;
        let second = world.hire(&job, "usr_maria");
        world.idle().await;
        world.end(&first);
        world.idle().await;
        world.ended(&second, PROJECT, "usr_maria").await;
        let found = bridge(world, &["audit", "--population", "--json"])
            .await
            .json();
        let row = |contract: &str| {
            let mut rows = found["population"].as_array().unwrap().iter();
            rows.find(|it| it["contract"] == contract).unwrap()
        };
        assert_eq!(row(&first)["keptFor"], second.as_str(), "{found}");
        assert_eq!(row(&first)["delaySeconds"], Value::Null);
        assert_eq!(row(&second)["keptFor"], Value::Null);
        assert!(row(&second)["delaySeconds"].is_i64(), "{found}");
    })
    .await;
}

#[tokio::test]
async fn a_changed_row_and_a_deleted_one_are_found() {
    play(async |world| {
        hired_and_ended(world, "usr_maria").await;
        let path = world.copy();
        let change = |sql: &str| {
            let db = rusqlite::Connection::open(&path).unwrap();
            assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
        };
        let known = ["audit", "--trainer", "usr_maria", "--json"];
        let known = run(command(world, &path, &known)).await.json();
        let mut rows = known["entries"].as_array().unwrap().iter();
        let granted = rows.find(|it| it["event"] == "access.granted").unwrap();
        // An attempt that did not win may have left another row with this number.
        let hash = &granted["sha256"].as_str().unwrap()[..16];
        let row = format!("sort_key LIKE 'TRAINER#usr_maria#%1#{hash}'");
        for (sql, expected) in [
            (
                format!("UPDATE ledger_item SET doc = replace(doc, 'access.granted', 'access.invited') WHERE {row}"),
                "row 1",
            ),
            (format!("DELETE FROM ledger_item WHERE {row}"), "is missing"),
        ] {
            change(&sql);
            let output = run(command(world, &path, &["audit", "verify"])).await;
            assert_eq!(output.code, Some(1));
            let text = output.out;
            assert!(text.contains("usr_maria") && text.contains(expected), "{text}");
            for args in [
                &["audit", "--trainer", "usr_maria"][..],
                &["audit", "--population", "--json"],
                &["audit", "--csv"],
                &["explain", "usr_maria"],
            ] {
                let output = run(command(world, &path, args)).await;
                let error = output.failed(1);
                assert!(error.contains("usr_maria") && error.contains(expected), "{error}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_operators_action_is_recorded_with_the_user() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        bridge(world, &["end", &contract, "--yes"]).await.done();
        world.idle().await;
        let all = entries(world, &[]).await;
        let end = all.iter().find(|it| it["event"] == "operator.end").unwrap();
        let uid = format!("uid {}", rustix::process::getuid().as_raw());
        assert!(end["actor"].as_str().unwrap().contains(&uid), "{end}");
        assert_eq!(end["target"], contract.as_str());
        let removal = all.iter().find(|it| it["event"] == "access.removal-proven");
        assert_eq!(removal.unwrap()["cause"], "operator");
    })
    .await;
}

#[tokio::test]
async fn a_trainer_is_forgotten_and_the_proof_stays() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        let open = bridge(world, &["forget", "usr_maria", "--yes"])
            .await
            .failed(2);
        assert!(open.contains(&contract), "{open}");
        world.ended(&contract, PROJECT, "usr_maria").await;
        let unconfirmed = bridge(world, &["forget", "usr_maria"]).await.failed(2);
        assert!(unconfirmed.contains("--yes"), "{unconfirmed}");
        let known = world.known("usr_maria").await;
        assert!(known.member.display_name.is_some());
        bridge(world, &["forget", "usr_maria", "--yes"])
            .await
            .done();
        let known = world.known("usr_maria").await;
        assert_eq!(known.member.display_name, None);
        assert!(known.member.emails.is_empty());
        let found = entries(world, &["--trainer", "usr_maria"]).await;
        let found = events(&found);
        for event in [
            "access.removal-proven",
            "operator.forget",
            "trainer.forgotten",
        ] {
            assert!(found.contains(&event), "{found:?}");
        }
        assert!(
            bridge(world, &["audit", "verify"])
                .await
                .done()
                .contains("whole:")
        );
    })
    .await;
}

/// A reconcile would start the contract again, without the name that the tool requires.
#[tokio::test]
async fn a_trainer_whose_contract_runs_at_opentrain_is_not_forgotten() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        bridge(world, &["end", &contract, "--yes"]).await.done();
        world.until_removed(PROJECT, "usr_maria").await;
        let listed = bridge(world, &["forget", "usr_maria", "--yes"])
            .await
            .failed(2);
        assert!(listed.contains("OpenTrain still runs"), "{listed}");
        assert!(listed.contains(&contract), "{listed}");
        let known = world.known("usr_maria").await;
        assert!(known.member.display_name.is_some());
        world.end(&contract);
        world.idle().await;
        bridge(world, &["forget", "usr_maria", "--yes"])
            .await
            .done();
        assert_eq!(world.known("usr_maria").await.member.display_name, None);
    })
    .await;
}

/// The events of a hire arrive after the trainer was forgotten: a reconcile has found the hire and its end.
#[tokio::test]
async fn a_late_event_does_not_bring_back_what_was_forgotten() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.idle().await;
        world.opentrain.hold(Hold::all());
        let contract = world.hire(&job, &world.trainer("usr_maria"));
        reconcile(world).await;
        assert!(world.known("usr_maria").await.member.display_name.is_some());
        world.end(&contract);
        reconcile(world).await;
        world.until_removed(PROJECT, "usr_maria").await;
        bridge(world, &["forget", "usr_maria", "--yes"])
            .await
            .done();
        let assert_forgotten = async |why: &str| {
            let member = world.known("usr_maria").await.member;
            assert_eq!(member.display_name, None, "{why}");
            assert_eq!((member.country, member.profile_url), (None, None), "{why}");
            assert!(member.emails.is_empty(), "{why}");
        };
        assert_forgotten("the command").await;
        world.opentrain.release();
        world.idle().await;
        assert_forgotten("the events").await;
        let links = world.opentrain.links();
        let link = links.iter().find(|it| it.external_project_id == PROJECT);
        let link = Link::new(link.unwrap().id.as_str(), PROJECT);
        let mut event = started(9_000, &contract, "usr_maria", &link);
        event["createdAt"] = Value::Null;
        world.deliver("default", &event).await;
        world.idle().await;
        assert_forgotten("an event without a time").await;

        world.hire(&job, "usr_maria");
        let is_granted = |access: &Access| access.state == AccessState::Granted;
        world.until_access("usr_maria", PROJECT, is_granted).await;
        world.idle().await;
        let member = world.known("usr_maria").await.member;
        assert!(member.display_name.is_some() && !member.emails.is_empty());
    })
    .await;
}
