//! The limit of open files.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use super::host::status_of;
use super::kit::{Bridge, Ground};

/// The soft and the hard limit of a process's open files.
fn limits(bridge: &Bridge) -> (String, String) {
    let limits = fs::read_to_string(format!("/proc/{}/limits", bridge.id())).unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let mut fields = line.unwrap().split_whitespace().skip(3).map(str::to_owned);
    (fields.next().unwrap(), fields.next().unwrap())
}

fn set_soft_limit(bridge: &Bridge, files: &str) {
    let (pid, limit) = (bridge.id().to_string(), format!("--nofile={files}:"));
    let set = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .status();
    assert!(set.unwrap().success());
}

/// The lowest number that a file can get.
fn lowest_free(bridge: &Bridge) -> u32 {
    let open = fs::read_dir(format!("/proc/{}/fd", bridge.id())).unwrap();
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    let open: BTreeSet<u32> = open.filter_map(|entry| number(entry.unwrap())).collect();
    (0..).find(|it| !open.contains(it)).unwrap()
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised_at_the_start() {
    let ground = Ground::new().await;
    let bridge = ground.serve_limited("ulimit -S -n 200");
    let (soft, hard) = limits(&bridge);
    assert_eq!(soft, hard);
    assert_ne!(soft, "200");
    assert!(bridge.terminate().0.success());
}

/// Clients wait meanwhile, and the log says why.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_can_t_be_accepted_are_logged_and_accepted_later() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let (_, hard) = limits(&bridge);
    set_soft_limit(&bridge, &lowest_free(&bridge).to_string());
    let mut delivery = Box::pin(status_of(&ground, &bridge, 1));
    let waited = tokio::time::timeout(Duration::from_secs(2), &mut delivery).await;
    assert!(waited.is_err(), "it was accepted: {waited:?}");
    set_soft_limit(&bridge, &hard);
    assert_eq!(delivery.await, 202);
    let (status, log) = bridge.terminate();
    assert!(status.success(), "{status}");
    let logged = log.matches("connections can't be accepted").count();
    assert!((1..=4).contains(&logged), "once a second: {log}");
    assert!(log.contains("ulimit -n"), "{log}");
}
