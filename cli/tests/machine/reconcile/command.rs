//! `bridge reconcile`, the command.

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Output;

use shared::queue::{Limits, Queue, SqliteQueue};
use shared::reconcile::Outcome;
use shared::sqlite::Database;

use crate::common::command::{command, output};
use crate::common::world::{World, play};
use crate::reconcile::kit::{reconcile, written};

const PROJECT: &str = "streets";

/// `bridge reconcile` with these flags, on a database.
async fn run(world: &World, database: &Path, flags: &[&str]) -> Output {
    output(command(world, database, &[&["reconcile"], flags].concat())).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn lose_a_hire(world: &World) {
    let job = world.job(PROJECT).await;
    world.working(&job, PROJECT, "usr_ben").await;
    world.opentrain.lose_events(1);
    world.hire(&job, &world.trainer("usr_maria"));
}

#[tokio::test]
async fn the_bridge_that_runs_is_asked() {
    play(async |world| {
        lose_a_hire(world).await;
        let output = run(world, &world.file(), &["--json"]).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        let outcome: Outcome = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(outcome.access.len(), 1);
        world.idle().await;
        assert!(world.reads_back(PROJECT, "usr_maria").await);
    })
    .await;
}

#[tokio::test]
async fn where_no_bridge_runs_the_command_does_the_work() {
    play(async |world| {
        lose_a_hire(world).await;
        let copy = world.copy();
        // A bridge that was killed has left its socket behind.
        drop(UnixListener::bind(world.folder.path().join("copy.db.sock")).unwrap());
        let output = run(world, &copy, &[]).await;
        let shown = text(&output.stdout);
        assert!(output.status.success(), "{shown}{}", text(&output.stderr));
        assert!(
            shown.contains("usr_maria works on streets") && shown.contains("recorded"),
            "{shown}"
        );
        assert!(
            world.reads_back(PROJECT, "usr_maria").await,
            "its queue was worked off"
        );
        let queue = SqliteQueue::new(
            Database::open_read_only(&copy).unwrap(),
            std::sync::Arc::new(shared::model::clock::SystemClock),
            Limits::default(),
        );
        assert_eq!(
            queue.depth().await.unwrap(),
            shared::queue::Depth::default()
        );
        reconcile(world).await;
    })
    .await;
}

#[tokio::test]
async fn a_dry_run_alone_writes_nothing() {
    play(async |world| {
        lose_a_hire(world).await;
        let copy = world.copy();
        let (before, bytes) = (written(world).await, std::fs::read(&copy).unwrap());
        let output = run(world, &copy, &["--dry-run"]).await;
        let shown = text(&output.stdout);
        assert!(output.status.success(), "{shown}{}", text(&output.stderr));
        assert!(
            shown.contains("would be granted") && shown.contains("dry run"),
            "{shown}"
        );
        assert_eq!(written(world).await, before);
        assert!(
            std::fs::read(&copy).unwrap() == bytes,
            "the database was written to"
        );
    })
    .await;
}

#[tokio::test]
async fn what_was_not_done_is_an_exit_code() {
    play(async |world| {
        let install = &world.customers["default"].grant.install_id;
        world.opentrain.lose_events(1);
        world.opentrain.revoke_install(install).unwrap();
        let output = run(world, &world.file(), &[]).await;
        assert_eq!(output.status.code(), Some(1));
        let shown = text(&output.stderr);
        assert!(shown.contains("bridge connect"), "{shown}");
        let output = run(world, &world.file(), &["--connection", "acme"]).await;
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains("Unknown connection acme. Known: default."),
            "{}",
            text(&output.stderr)
        );
    })
    .await;
}
