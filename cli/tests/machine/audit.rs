//! `bridge audit`, `bridge explain` and `bridge forget`, next to a running bridge.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use shared::ledger::{Access, AccessState};

use crate::common::canaries;
use crate::common::events::email;
use crate::common::world::{World, play};

const PROJECT: &str = "streets";

/// The database that the world's bridge runs on.
fn database(world: &World) -> PathBuf {
    world.folder.path().join("bridge.db")
}

/// Hires a trainer on a job, and waits for the access. Returns the contract.
async fn working(world: &World, job: &str, trainer: &str) -> String {
    let contract = world.hire(job, &world.trainer(trainer));
    let is_granted = |access: &Access| access.state == AccessState::Granted;
    world.until_access(trainer, PROJECT, is_granted).await;
    world.idle().await;
    contract
}

/// Ends a contract, and waits until the access is removed.
async fn ended(world: &World, contract: &str, trainer: &str) {
    world.end(contract);
    let is_removed = |access: &Access| access.state == AccessState::Removed;
    world.until_access(trainer, PROJECT, is_removed).await;
    world.idle().await;
}

/// `bridge` with these arguments, on a database.
async fn run_on(database: &Path, args: &[&str]) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bridge"));
    command.args(args).arg("--db").arg(database).env_clear();
    // On a thread of its own: the bridge that the command talks to runs on this one.
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.unwrap().unwrap();
    canaries::assert_none_in(&String::from_utf8_lossy(&output.stdout));
    canaries::assert_none_in(&String::from_utf8_lossy(&output.stderr));
    output
}

async fn run(world: &World, args: &[&str]) -> Output {
    run_on(&database(world), args).await
}

/// The output of a command that succeeds.
async fn said(world: &World, args: &[&str]) -> String {
    let output = run(world, args).await;
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

async fn json(world: &World, args: &[&str]) -> Value {
    serde_json::from_str(&said(world, args).await).unwrap()
}

/// The error of a command that fails with this exit code.
async fn refused(world: &World, code: i32, args: &[&str]) -> String {
    let output = run(world, args).await;
    assert_eq!(output.status.code(), Some(code), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

async fn entries(world: &World, flags: &[&str]) -> Vec<Value> {
    let all = json(world, &[&["audit", "--json"], flags].concat()).await;
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
    let contract = working(world, &job, trainer).await;
    ended(world, &contract, trainer).await;
    contract
}

/// A copy of the world's database that no bridge runs on.
fn copy(world: &World) -> PathBuf {
    let path = world.folder.path().join("copy.db");
    let original = rusqlite::Connection::open(database(world)).unwrap();
    original
        .execute("VACUUM INTO ?", [path.to_str().unwrap()])
        .unwrap();
    path
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
        let csv = said(world, &["audit", "--csv"]).await;
        assert_eq!(csv.lines().count(), 1 + found.len());
        assert!(csv.starts_with("at,recordedAt,event,"), "{csv}");
        assert!(said(world, &["audit", "verify"]).await.contains("whole:"));
    })
    .await;
}

#[tokio::test]
async fn an_export_names_its_rows_and_who_made_it() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        working(world, &job, "usr_ben").await;
        let dir = world.folder.path().join("evidence");
        let dir = dir.to_str().unwrap();
        said(world, &["audit", "export", dir, "--population"]).await;
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
        let again = refused(world, 2, &["audit", "export", dir]).await;
        assert!(again.contains("exists"), "{again}");
    })
    .await;
}

/// Access stays for the other contract: its later removal is no delay of the first end.
#[tokio::test]
async fn access_that_another_contract_needed_has_no_delay() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let first = working(world, &job, "usr_maria").await;
        let second = world.hire(&job, "usr_maria");
        world.idle().await;
        world.end(&first);
        world.idle().await;
        ended(world, &second, "usr_maria").await;
        let found = json(world, &["audit", "--population", "--json"]).await;
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
        let path = copy(world);
        let change = |sql: &str| {
            let db = rusqlite::Connection::open(&path).unwrap();
            // An attempt that was overtaken may have left a row of the same number.
            assert!(db.execute(sql, []).unwrap() >= 1, "{sql}");
        };
        let row = "partition_key LIKE 'AUDIT#%' AND sort_key LIKE 'TRAINER#usr_maria#%1#%'";
        for (sql, expected) in [
            (
                format!("UPDATE ledger_item SET doc = replace(doc, 'access.granted', 'access.invited') WHERE {row}"),
                "row 1",
            ),
            (format!("DELETE FROM ledger_item WHERE {row}"), "is missing"),
        ] {
            change(&sql);
            let output = run_on(&path, &["audit", "verify"]).await;
            assert_eq!(output.status.code(), Some(1));
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(text.contains("usr_maria") && text.contains(expected), "{text}");
            for args in [
                &["audit", "--trainer", "usr_maria"][..],
                &["audit", "--population", "--json"],
                &["audit", "--csv"],
                &["explain", "usr_maria"],
            ] {
                let output = run_on(&path, args).await;
                let error = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(1), "{args:?}: {error}");
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
        let contract = working(world, &job, "usr_maria").await;
        said(world, &["end", &contract, "--yes"]).await;
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
        let contract = working(world, &job, "usr_maria").await;
        let open = refused(world, 2, &["forget", "usr_maria", "--yes"]).await;
        assert!(open.contains(&contract), "{open}");
        ended(world, &contract, "usr_maria").await;
        let unconfirmed = refused(world, 2, &["forget", "usr_maria"]).await;
        assert!(unconfirmed.contains("--yes"), "{unconfirmed}");
        let known = world.known("usr_maria").await;
        assert!(known.member.display_name.is_some());
        said(world, &["forget", "usr_maria", "--yes"]).await;
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
        assert!(said(world, &["audit", "verify"]).await.contains("whole:"));
    })
    .await;
}

#[tokio::test]
async fn access_is_explained() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = working(world, &job, "usr_maria").await;
        let address = email("usr_maria");
        for what in ["usr_maria", &contract, &address] {
            let explained = json(world, &["explain", what, "--json"]).await;
            assert_eq!(explained["schemaVersion"], 1);
            assert_eq!(explained["trainer"], "usr_maria");
            assert_eq!(explained["verdict"], "in", "{explained}");
            assert!(explained["reason"].as_str().unwrap().contains(&contract));
        }
        ended(world, &contract, "usr_maria").await;
        let explained = json(world, &["explain", &contract, "--json"]).await;
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
        let text = said(world, &["explain", "usr_maria"]).await;
        assert!(
            text.contains("not in") && text.contains("Timeline"),
            "{text}"
        );
        let unknown = refused(world, 2, &["explain", "usr_unknown"]).await;
        assert!(unknown.contains("bridge status"), "{unknown}");
    })
    .await;
}

/// A reconcile would start the contract again, without the name that the tool requires.
#[tokio::test]
async fn a_trainer_whose_contract_runs_at_opentrain_is_not_forgotten() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = working(world, &job, "usr_maria").await;
        said(world, &["end", &contract, "--yes"]).await;
        let is_removed = |access: &Access| access.state == AccessState::Removed;
        world.until_access("usr_maria", PROJECT, is_removed).await;
        world.idle().await;
        let listed = refused(world, 2, &["forget", "usr_maria", "--yes"]).await;
        assert!(listed.contains("OpenTrain still runs"), "{listed}");
        assert!(listed.contains(&contract), "{listed}");
        let known = world.known("usr_maria").await;
        assert!(known.member.display_name.is_some());
        world.end(&contract);
        world.idle().await;
        said(world, &["forget", "usr_maria", "--yes"]).await;
        assert_eq!(world.known("usr_maria").await.member.display_name, None);
    })
    .await;
}

/// A restore takes the newest rows away: the record says so.
#[tokio::test]
async fn a_restore_is_recorded_with_what_it_replaced() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        working(world, &job, "usr_maria").await;
        let backup = copy(world);
        said(world, &["retry", "usr_maria"]).await;
        world.idle().await;
        let path = world.folder.path().join("replaced.db");
        let original = rusqlite::Connection::open(database(world)).unwrap();
        let into = [path.to_str().unwrap()];
        original.execute("VACUUM INTO ?", into).unwrap();
        let replaced = run_on(&path, &["audit", "--json"]).await;
        let replaced: Value = serde_json::from_slice(&replaced.stdout).unwrap();
        let rows = replaced["entries"].as_array().unwrap();
        let retry = rows.iter().find(|it| it["event"] == "operator.retry");
        let hash = retry.unwrap()["sha256"].as_str().unwrap();
        let restore = run_on(&path, &["restore", backup.to_str().unwrap(), "--yes"]).await;
        assert!(restore.status.success(), "{restore:?}");
        let restored = run_on(&path, &["audit", "--json"]).await;
        let restored: Value = serde_json::from_slice(&restored.stdout).unwrap();
        let rows = restored["entries"].as_array().unwrap();
        assert!(!events(rows).contains(&"operator.retry"));
        let restore = rows.iter().find(|it| it["event"] == "operator.restore");
        let target = restore.unwrap()["target"].as_str().unwrap();
        assert!(
            target.contains(&format!("row 1, SHA-256 {hash}")),
            "{target}"
        );
        assert!(target.starts_with("backup with SHA-256 "), "{target}");
    })
    .await;
}
