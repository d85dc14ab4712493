//! A backup replaces the database. The data of neither is lost.

use std::fs;

use serde_json::Value;

use super::host::{backed_up, status_of};
use super::kit::Ground;

/// The database of a bridge that was killed while its newest commits were in the log alone; moved to this name.
async fn killed(ground: &Ground, name: &str) {
    let bridge = ground.serve();
    for n in 1..=3 {
        assert_eq!(status_of(ground, &bridge, n).await, 202);
    }
    bridge.kill();
    assert!(fs::metadata(ground.path("bridge.db-wal")).unwrap().len() > 0);
    set_aside(ground, "bridge.db", name);
}

fn set_aside(ground: &Ground, from: &str, to: &str) {
    for ending in ["", "-wal"] {
        let [from, to] = [from, to].map(|name| ground.path(&format!("{name}{ending}")));
        fs::rename(from, to).unwrap();
    }
    let _none = fs::remove_file(ground.path(&format!("{from}-shm")));
}

/// Every trainer of the killed bridge is in the tool.
async fn all_are_in(ground: &Ground) {
    let bridge = ground.serve();
    for n in 1..=3 {
        let trainer = format!("usr_{n}");
        let is_in = ground
            .tool
            .until(|tool| tool.member("streets", &trainer).is_some());
        is_in.await.unwrap();
    }
    assert!(bridge.terminate().0.success());
}

/// A copy of both files, as a snapshot of the disk has them.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_a_backup_is_restored_with_it() {
    let ground = Ground::new().await;
    killed(&ground, "copy.db").await;
    let restored = ground.run(&["restore", "copy.db", "--yes"]).await;
    assert_eq!(restored.code, Some(0), "{}", restored.err);
    all_are_in(&ground).await;
}

/// The database that was replaced comes back with all that was acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_restore_can_be_undone() {
    let ground = Ground::new().await;
    assert!(ground.serve().terminate().0.success());
    let backup = ground.run(&["backup", "empty.db"]).await;
    assert_eq!(backup.code, Some(0), "{}", backup.err);
    killed(&ground, "killed.db").await;
    set_aside(&ground, "killed.db", "bridge.db");
    let wrong = ground.run(&["restore", "empty.db", "--yes"]).await;
    assert_eq!(wrong.code, Some(0), "{}", wrong.err);
    assert!(
        wrong.out.contains("bridge.db.replaced-wal"),
        "{}",
        wrong.out
    );
    set_aside(&ground, "bridge.db.replaced", "killed.db");
    let undone = ground.run(&["restore", "killed.db", "--yes"]).await;
    assert_eq!(undone.code, Some(0), "{}", undone.err);
    all_are_in(&ground).await;
}

/// A bridge that was killed leaves a write-ahead log, which must not be applied to the backup.
#[tokio::test]
async fn a_backup_replaces_the_database_and_its_log() {
    let ground = Ground::new().await;
    let bridge = backed_up(&ground).await;
    let in_use = ground.run(&["restore", "copy.db", "--yes"]).await;
    assert_eq!(in_use.code, Some(2), "{}", in_use.err);
    assert!(in_use.err.contains("in use"), "{}", in_use.err);
    assert_eq!(status_of(&ground, &bridge, 2).await, 202);
    bridge.kill();

    let asked = ground.run(&["restore", "copy.db"]).await;
    assert_eq!(asked.code, Some(2), "{}", asked.err);
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    fs::write(
        ground.path("torn.db"),
        &fs::read(ground.path("copy.db")).unwrap()[..8192],
    )
    .unwrap();
    let torn = ground.run(&["restore", "torn.db", "--yes"]).await;
    assert_eq!(torn.code, Some(2), "{}{}", torn.out, torn.err);

    let restored = ground.run(&["restore", "copy.db", "--yes"]).await;
    assert_eq!(restored.code, Some(0), "{}", restored.err);
    assert!(
        restored.out.contains("bridge.db.replaced"),
        "{}",
        restored.out
    );
    let trainers = async |db: &str| {
        let shown = ground.run(&["status", "--db", db, "--json"]).await;
        let shown: Value = serde_json::from_str(&shown.out).unwrap();
        shown["access"].as_array().unwrap().len()
    };
    let bridge = ground.serve();
    assert_eq!(trainers("bridge.db").await, 1);
    assert!(bridge.terminate().0.success());
    let again = ground.run(&["restore", "copy.db", "--yes"]).await;
    assert_eq!(again.code, Some(2), "{}", again.err);
    assert!(again.err.contains("earlier restore"), "{}", again.err);
}
