//! `bridge reconcile`, the command.

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Output;

use shared::queue::{Limits, Queue, SqliteQueue};
use shared::reconcile::Outcome;
use shared::sqlite::Database;

use crate::common::world::{TOOL_TOKEN, World, play};
use crate::reconcile::kit::{database, reconcile, working, written};

const PROJECT: &str = "streets";

/// `bridge reconcile` with these flags, on a database.
async fn run(world: &World, database: &Path, flags: &[&str]) -> Output {
    let customer = &world.customers["default"];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bridge"));
    command
        .arg("reconcile")
        .args(flags)
        .env_clear()
        .env("BRIDGE_DB", database)
        .env("OPENTRAIN_BASE_URL", world.opentrain.base_url())
        .env("OPENTRAIN_PARTNER_TOKEN", &customer.grant.token)
        .env("OPENTRAIN_WEBHOOK_SECRET", "whsec_any")
        .env("BRIDGE_CONNECTIONS", world.folder.path().join("none.json"))
        .env("TOOL_KIND", "rest")
        .env("TOOL_BASE_URL", world.tool.base_url())
        .env("TOOL_API_TOKEN", TOOL_TOKEN);
    // On a thread of its own: what the command talks to runs on this one.
    let output = tokio::task::spawn_blocking(move || command.output());
    output.await.unwrap().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
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

async fn lose_a_hire(world: &World) {
    let job = world.job(PROJECT).await;
    working(world, &job, PROJECT, "usr_ben").await;
    world.opentrain.lose_events(1);
    world.hire(&job, &world.trainer("usr_maria"));
}

#[tokio::test]
async fn the_bridge_that_runs_is_asked() {
    play(async |world| {
        lose_a_hire(world).await;
        let output = run(world, &database(world), &["--json"]).await;
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
        let copy = copy(world);
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
        let copy = copy(world);
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
        let output = run(world, &database(world), &[]).await;
        assert_eq!(output.status.code(), Some(1));
        let shown = text(&output.stderr);
        assert!(shown.contains("bridge connect"), "{shown}");
        let output = run(world, &database(world), &["--connection", "acme"]).await;
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains("Unknown connection acme. Known: default."),
            "{}",
            text(&output.stderr)
        );
    })
    .await;
}
