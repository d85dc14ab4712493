//! `bridge restore`: its row in the audit record, and personal data that was erased since the backup.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use shared::ledger::{AccessState, Ledger, Member};
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::TrainerId;
use shared::provision::forget_again;
use shared::sqlite::Database;

use crate::common::command::{bridge, command, run};
use crate::common::world::{World, play};

const PROJECT: &str = "streets";

/// A restore removes the newest rows, and the record states that.
#[tokio::test]
async fn a_restore_is_recorded_with_what_it_replaced() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.working(&job, PROJECT, "usr_maria").await;
        let backup = world.copy();
        bridge(world, &["retry", "usr_maria"]).await.done();
        world.idle().await;
        let path = world.copy_to("replaced.db");
        let replaced = run(command(world, &path, &["audit", "--json"])).await;
        let replaced = replaced.json();
        let rows = replaced["entries"].as_array().unwrap();
        let retry = rows.iter().find(|it| it["event"] == "operator.retry");
        let hash = retry.unwrap()["sha256"].as_str().unwrap();
        let restore = run(command(
            world,
            &path,
            &["restore", backup.to_str().unwrap(), "--yes"],
        ))
        .await;
        restore.done();
        let restored = run(command(world, &path, &["audit", "--json"])).await;
        let restored = restored.json();
        let rows = restored["entries"].as_array().unwrap();
        assert!(rows.iter().all(|it| it["event"] != "operator.retry"));
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

/// A backup from before has the trainer's name.
#[tokio::test]
async fn a_restore_forgets_again_whom_the_replaced_database_had_forgotten() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.ended(&contract, PROJECT, "usr_maria").await;
        let backup = world.copy();
        let restore = ["restore", backup.to_str().unwrap(), "--yes"];
        // Without the replaced database, which has the row.
        let alone = world.folder.path().join("alone.db");
        let shown = run(command(world, &alone, &restore)).await.done();
        assert!(shown.contains("repeat `bridge forget TRAINER`"), "{shown}");
        assert!(name_in(&alone).await.is_some());

        bridge(world, &["forget", "usr_maria", "--yes"])
            .await
            .done();
        let path = world.copy_to("replaced.db");
        let shown = run(command(world, &path, &restore)).await.done();
        assert!(shown.contains("of 1 trainer who"), "{shown}");
        assert!(!shown.contains("repeat `bridge forget"), "{shown}");
        assert_eq!(name_in(&path).await, None);
        let verify = run(command(world, &path, &["audit", "verify"])).await;
        assert!(verify.done().contains("whole:"));
    })
    .await;
}

/// A backup from before the hire: events that arrive late bring no name.
#[tokio::test]
async fn a_restore_marks_a_forgotten_trainer_whom_the_backup_does_not_know() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        world.idle().await;
        let backup = world.copy();
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.ended(&contract, PROJECT, "usr_maria").await;
        bridge(world, &["forget", "usr_maria", "--yes"])
            .await
            .done();
        let path = world.copy_to("replaced.db");
        let restore = ["restore", backup.to_str().unwrap(), "--yes"];
        let shown = run(command(world, &path, &restore)).await.done();
        assert!(!shown.contains("is erased in it"), "{shown}");
        assert!(member_in(&path).await.erased_at().is_some());
    })
    .await;
}

async fn member_in(path: &Path) -> Member {
    let database = Database::open_read_only(path).unwrap();
    let ledger = Ledger::in_database(&database, Arc::new(SystemClock));
    let trainer = ledger.trainer(&TrainerId::from("usr_maria")).await.unwrap();
    database.close().await;
    trainer.member
}

/// The name of a trainer in a database.
async fn name_in(path: &Path) -> Option<String> {
    member_in(path).await.display_name
}

/// A trainer who was forgotten and then hired again. Returns a copy of the database.
async fn hired_again(world: &World) -> PathBuf {
    let job = world.job(PROJECT).await;
    let contract = world.working(&job, PROJECT, "usr_maria").await;
    world.ended(&contract, PROJECT, "usr_maria").await;
    bridge(world, &["forget", "usr_maria", "--yes"])
        .await
        .done();
    world.hire(&job, "usr_maria");
    let is_granted = |access: &shared::ledger::Access| access.state == AccessState::Granted;
    world.until_access("usr_maria", PROJECT, is_granted).await;
    world.idle().await;
    world.copy()
}

/// The row is in the backup, too: the data that it is about was erased before, and the trainer has a new hire.
#[tokio::test]
async fn a_restore_leaves_a_trainer_who_was_hired_again_before_the_backup() {
    play(async |world| {
        let backup = hired_again(world).await;
        let path = world.copy_to("replaced.db");
        let name = name_in(&path).await;
        assert!(name.is_some());
        let restore = ["restore", backup.to_str().unwrap(), "--yes"];
        let shown = run(command(world, &path, &restore)).await.done();
        assert!(!shown.contains("forgotten"), "{shown}");
        assert_eq!(name_in(&path).await, name);
    })
    .await;
}

/// Not even if the replaced database has a row about the trainer.
#[tokio::test]
async fn a_hire_after_the_time_of_a_row_is_not_erased() {
    play(async |world| {
        let before = SystemClock.now();
        let path = hired_again(world).await;
        let database = Database::open(&path).unwrap();
        let ledger = Ledger::in_database(&database, Arc::new(SystemClock));
        let id = TrainerId::from("usr_maria");
        let refused = forget_again(&ledger, &id, before).await.unwrap_err();
        assert!(refused.to_string().contains("hired again"), "{refused}");
        let stays = ledger.trainer(&id).await.unwrap();
        assert!(stays.member.display_name.is_some());
        assert!(forget_again(&ledger, &id, SystemClock.now()).await.unwrap());
        database.close().await;
        assert_eq!(name_in(&path).await, None);
    })
    .await;
}

/// Missing rows may be about trainers whom no other row names.
#[tokio::test]
async fn a_restore_says_if_rows_since_the_backup_may_be_missing() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let contract = world.working(&job, PROJECT, "usr_maria").await;
        world.ended(&contract, PROJECT, "usr_maria").await;
        let backup = world.copy();
        bridge(world, &["forget", "usr_maria", "--yes"])
            .await
            .done();
        let (broken, path) = (world.copy_to("broken.db"), world.copy_to("replaced.db"));
        let without = |path: &Path, rows: &str| {
            let db = rusqlite::Connection::open(path).unwrap();
            let rows = format!("partition_key LIKE 'AUDIT#%' AND {rows}");
            db.execute(&format!("DELETE FROM ledger_item WHERE {rows}"), [])
                .unwrap()
        };
        let restore = ["restore", backup.to_str().unwrap(), "--yes"];
        assert!(without(&broken, "sort_key LIKE 'TRAINER#%1#%'") > 0);
        let shown = run(command(world, &broken, &restore)).await.done();
        assert!(shown.contains("repeat `bridge forget TRAINER`"), "{shown}");
        assert_eq!(name_in(&broken).await, None, "the row that is left counts");

        // As if the backup were older than the days that rows are kept.
        assert!(without(&backup, "TRUE") > 1);
        let shown = run(command(world, &path, &restore)).await.done();
        assert!(shown.contains("repeat `bridge forget TRAINER`"), "{shown}");
    })
    .await;
}

/// After a restore the ledger does not know that a contract has ended: access ends in the same run.
#[tokio::test]
async fn who_loses_access_in_the_same_run_is_not_counted_as_granted_again() {
    play(async |world| {
        let job = world.job(PROJECT).await;
        let mut contracts = Vec::new();
        for trainer in ["usr_a", "usr_b", "usr_c", "usr_d", "usr_e"] {
            contracts.push(world.working(&job, PROJECT, trainer).await);
        }
        world.idle().await;
        let path = world.copy_to("restored.db");
        world.opentrain.lose_events(1);
        world.end(&contracts[0]);
        for trainer in ["usr_a", "usr_b"] {
            world.tool.remove_member(PROJECT, trainer).unwrap();
        }
        // No bridge runs on the restored database, so the removal follows after the look at the tool.
        let outcome = run(command(world, &path, &["reconcile", "--json"])).await;
        let notes = outcome.json()["notes"].to_string();
        let one = "1 trainer who was granted access is not in the tool";
        assert!(notes.contains(one), "{notes}");
    })
    .await;
}
