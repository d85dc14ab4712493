//! Effects of the host on the database: full disks, removed files, several names, long paths, copies.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::disk::{FAIL_BEYOND_LIMIT, NAMESPACE, limit_files, mounts_are_allowed};
use super::kit::{Bridge, Ground, run, through};
use crate::common::events::{Link, started};
use crate::common::wait::until;

fn hire(n: u64) -> Value {
    let link = Link::new("link_1", "streets");
    started(n, &format!("ctr_{n}"), &format!("usr_{n}"), &link)
}

pub(super) async fn status_of(ground: &Ground, bridge: &Bridge, n: u64) -> u16 {
    ground.deliver(bridge.address, &hire(n)).await.status
}

#[tokio::test]
async fn a_stop_leaves_one_file() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    for n in 1..20 {
        assert_eq!(status_of(&ground, &bridge, n).await, 202);
    }
    assert!(ground.path("bridge.db-wal").exists());
    assert!(bridge.terminate().0.success());
    assert!(ground.path("bridge.db").exists());
    for gone in ["bridge.db-wal", "bridge.db-shm", "bridge.db.sock"] {
        assert!(!ground.path(gone).exists(), "{gone}");
    }
}

#[tokio::test]
async fn nothing_is_acknowledged_after_the_database_is_removed() {
    let ground = Ground::new().await;
    for gone in ["bridge.db", "bridge.db-wal"] {
        let bridge = ground.serve();
        assert_eq!(status_of(&ground, &bridge, 1).await, 202);
        fs::remove_file(ground.path(gone)).unwrap();
        assert_eq!(status_of(&ground, &bridge, 2).await, 503, "{gone}");
        let (status, log) = bridge.terminate();
        assert!(status.success(), "{status}");
        let reason = format!("{gone} was removed, moved or replaced");
        assert!(log.contains(&reason), "{log}");
        for file in ["bridge.db", "bridge.db-wal", "bridge.db-shm"] {
            let _gone = fs::remove_file(ground.path(file));
        }
    }
}

#[tokio::test]
async fn deliveries_are_refused_until_they_can_be_written() {
    let ground = Ground::new().await;
    let bridge = ground.serve_limited(FAIL_BEYOND_LIMIT);
    assert_eq!(status_of(&ground, &bridge, 1).await, 202);
    limit_files(&bridge, "4096");
    until("writing fails", async || {
        status_of(&ground, &bridge, 2).await == 503
    })
    .await;
    assert_eq!(status_of(&ground, &bridge, 3).await, 503);
    limit_files(&bridge, "unlimited");
    assert_eq!(status_of(&ground, &bridge, 3).await, 202);
    let (status, log) = bridge.terminate();
    assert!(status.success(), "{status}");
    assert_eq!(
        log.matches("the database cannot be written to").count(),
        1,
        "{log}"
    );
    assert_eq!(
        log.matches("the database can be written to again").count(),
        1,
        "{log}"
    );
}

#[tokio::test]
async fn a_database_with_two_names_is_refused() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    fs::hard_link(ground.path("bridge.db"), ground.path("other.db")).unwrap();
    let second = ground.run(&["serve", "--db", "other.db"]).await;
    assert_eq!(second.code, Some(2), "{}", second.err);
    assert!(second.err.contains("2 hard links"), "{}", second.err);
    assert!(bridge.terminate().0.success());
}

/// As `docker run -v ./bridge.db:/data/bridge.db` does: log and lock would remain in the container.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_database_that_is_a_mount_point_is_refused() {
    if !mounts_are_allowed() {
        return;
    }
    let ground = Ground::new().await;
    for folder in ["host", "container"] {
        fs::create_dir(ground.path(folder)).unwrap();
        let file = ground.path(&format!("{folder}/bridge.db"));
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }
    let mounted = |from: &str, to: &str, db: &str| {
        let script = format!("mount --bind {from} {to} && exec \"$@\"");
        through(&NAMESPACE, ground.command(&["serve", "--db", db]), &script)
    };
    let file = mounted(
        "host/bridge.db",
        "container/bridge.db",
        "container/bridge.db",
    );
    let refused = run(file).await;
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    for part in ["is a mount of its own", "mount the folder"] {
        assert!(refused.err.contains(part), "{}", refused.err);
    }
    for left in ["-wal", "-shm", ".lock"] {
        let left = ground.path(&format!("container/bridge.db{left}"));
        assert!(!left.exists(), "{}", left.display());
    }
    let bridge = Bridge::start(mounted("host", "container", "container/bridge.db"));
    assert_eq!(status_of(&ground, &bridge, 1).await, 202);
    assert!(bridge.terminate().0.success());
}

/// If the lock file could be removed, a second bridge could start on the same path.
#[tokio::test]
async fn a_removed_lock_file_permits_no_second_bridge() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    assert_eq!(status_of(&ground, &bridge, 1).await, 202);
    fs::remove_file(ground.path("bridge.db.lock")).unwrap();
    let second = ground.run(&["serve"]).await;
    assert_eq!(second.code, Some(2), "{}", second.err);
    assert!(
        second.err.contains("in use by another bridge"),
        "{}",
        second.err
    );
    assert_eq!(status_of(&ground, &bridge, 2).await, 202);
    assert!(bridge.terminate().0.success());
}

/// A socket's path may have at most 108 bytes.
#[tokio::test]
async fn orders_reach_a_bridge_whose_database_has_a_long_path() {
    let ground = Ground::new().await;
    let folder = ["a-rather-long-folder-name-of-a-volume"; 4].join("/");
    fs::create_dir_all(ground.path(&folder)).unwrap();
    let db = format!("{folder}/bridge.db");
    let bridge = Bridge::start(ground.command(&["serve", "--db", &db]));
    assert!(ground.path(&format!("{db}.sock")).exists());
    // OpenTrain is unreachable; the test checks which process reports it.
    let usage = ground.run(&["usage", "--db", &db]).await;
    let (status, log) = bridge.terminate();
    assert!(
        status.success() && !log.contains("the control socket can't be opened"),
        "{log}"
    );
    assert!(!usage.err.contains("does not answer at"), "{}", usage.err);
    assert_eq!(usage.code, Some(0), "{}{}", usage.out, usage.err);
}

/// A bridge that has granted one hire, and a backup of its database in `copy.db`.
pub(super) async fn backed_up(ground: &Ground) -> Bridge {
    let bridge = ground.serve();
    assert_eq!(status_of(ground, &bridge, 1).await, 202);
    until("the hire is done", async || {
        ground.status().await["access"][0]["state"] == "granted"
    })
    .await;
    let done = ground.run(&["backup", "copy.db"]).await;
    assert_eq!(done.code, Some(0), "{}", done.err);
    bridge
}

#[tokio::test]
async fn a_backup_runs_next_to_a_bridge_and_never_overwrites() {
    let ground = Ground::new().await;
    let bridge = backed_up(&ground).await;
    let mode = fs::metadata(ground.path("copy.db"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(status_of(&ground, &bridge, 2).await, 202);
    let again = ground.run(&["backup", "copy.db"]).await;
    assert_eq!(again.code, Some(2), "{}", again.err);
    assert!(again.err.contains("never overwrites"), "{}", again.err);
    assert!(bridge.terminate().0.success());

    let shown = ground.run(&["status", "--db", "copy.db", "--json"]).await;
    let shown: Value = serde_json::from_str(&shown.out).unwrap_or_else(|_| panic!("{}", shown.err));
    assert_eq!(shown["access"].as_array().unwrap().len(), 1);
    assert_eq!(shown["access"][0]["trainer"], "usr_1");
    let restored = Bridge::start(ground.command(&["serve", "--db", "copy.db"]));
    assert_eq!(status_of(&ground, &restored, 3).await, 202);
    assert!(restored.terminate().0.success());
}

/// As Kubernetes and Compose mount them for a user who is not root.
#[tokio::test]
async fn secrets_are_read_from_mounted_files() {
    let ground = Ground::new().await;
    let mounted = |name: &str, text: &str, mode: u32| {
        fs::write(ground.path(name), text).unwrap();
        fs::set_permissions(ground.path(name), Permissions::from_mode(mode)).unwrap();
    };
    mounted("tool", crate::common::world::TOOL_TOKEN, 0o440);
    let from_file = |args: &[&str]| {
        let mut command = ground.command(args);
        command.env_remove("TOOL_API_TOKEN");
        command.env("TOOL_API_TOKEN_FILE", ground.path("tool"));
        command
    };
    let bridge = Bridge::start(from_file(&["serve"]));
    assert_eq!(status_of(&ground, &bridge, 1).await, 202);
    ground
        .tool
        .until(|tool| tool.member("streets", "usr_1").is_some())
        .await
        .unwrap();
    let (_, log) = bridge.terminate();
    assert!(
        log.contains("TOOL_API_TOKEN_FILE"),
        "its readers are noted: {log}"
    );
    let noted = run(from_file(&["check"])).await;
    assert!(
        noted.out.contains("may read it (mode 0440)"),
        "{}",
        noted.out
    );

    mounted("tool", crate::common::world::TOOL_TOKEN, 0o444);
    let refused = run(from_file(&["serve"])).await;
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(refused.err.contains("defaultMode: 0440"), "{}", refused.err);
    let mut both = from_file(&["serve"]);
    both.env("TOOL_API_TOKEN", "other");
    let refused = run(both).await;
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(
        refused.err.contains("unset one of the two"),
        "{}",
        refused.err
    );
}
