//! Health checks during faults.

use std::cell::Cell;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::{Value, json};
use shared::model::signature::WebhookSecret;

use super::kit::{Bridge, Ground, SECRET, limited};
use crate::common::events::{Link, started};
use crate::common::post::Letter;
use crate::common::wait::until;

async fn get(ground: &Ground, bridge: &Bridge, path: &str) -> (u16, Value) {
    let url = format!("http://{}{path}", bridge.address);
    let answer = ground.client.get(url).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

async fn becomes(ground: &Ground, bridge: &Bridge, path: &str, status: u16) -> Value {
    until("the state is known", async || {
        get(ground, bridge, path).await.0 == status
    })
    .await;
    get(ground, bridge, path).await.1
}

async fn deliver(ground: &Ground, bridge: &Bridge, n: u64) -> u16 {
    let link = Link::new("link_1", "streets");
    let mut body = started(n, &format!("ctr_{n}"), &format!("usr_{n}"), &link);
    body["padding"] = "x".repeat(100_000).into();
    let secret = WebhookSecret::new(SECRET).unwrap();
    let url = format!("http://{}/hooks/default", bridge.address);
    let letter = Letter::signed(&url, &secret, body.to_string());
    letter.post(&ground.client).await.status
}

/// The file system is full while files may not grow.
#[tokio::test]
async fn a_full_disk_is_reported_until_there_is_space() {
    let ground = Ground::new().await;
    // Units of 512 bytes. Without the trap, writing beyond the limit would end the process instead of failing.
    let full = limited(
        ground.command(&["serve"]),
        "trap '' XFSZ; ulimit -S -f 2000",
    );
    let bridge = Bridge::start(full);
    assert_eq!(get(&ground, &bridge, "/healthz").await.0, 200);
    let n = Cell::new(0);
    until("the disk is full", async || {
        n.set(n.get() + 1);
        // A machine under load may answer 503 for a delivery that took too long.
        deliver(&ground, &bridge, n.get()).await == 503
            && get(&ground, &bridge, "/healthz").await.0 == 503
    })
    .await;
    for path in ["/healthz", "/readyz"] {
        let told = becomes(&ground, &bridge, path, 503).await.to_string();
        assert!(
            told.contains("the database can't be written") && told.contains("disk"),
            "{told}"
        );
    }
    assert_eq!(get(&ground, &bridge, "/livez").await.0, 200);

    let pid = bridge.id().to_string();
    let room = Command::new("prlimit")
        .args(["--pid", &pid, "--fsize=unlimited"])
        .status();
    assert!(room.unwrap().success());
    // No delivery arrives: the check itself detects the space.
    becomes(&ground, &bridge, "/healthz", 200).await;
    becomes(&ground, &bridge, "/readyz", 200).await;
    assert_eq!(deliver(&ground, &bridge, n.get()).await, 202);
    assert!(bridge.terminate().0.success());
}

#[tokio::test]
async fn a_bridge_without_a_secret_is_alive_and_not_ready() {
    let ground = Ground::new().await;
    let mut command = ground.command(&["serve"]);
    command.env_remove("OPENTRAIN_WEBHOOK_SECRET");
    let bridge = Bridge::start(command);
    assert_eq!(get(&ground, &bridge, "/livez").await.0, 200);
    assert_eq!(get(&ground, &bridge, "/healthz").await.0, 200);
    let (status, body) = get(&ground, &bridge, "/readyz").await;
    assert_eq!((status, &body["status"]), (503, &json!("not-ready")));
    assert!(body.to_string().contains("bridge subscribe"), "{body}");
}

/// Deliveries are stored while the tool is down: its state is shown but does not affect the status.
#[tokio::test]
async fn a_tool_that_is_down_is_only_shown_in_the_body() {
    let ground = Ground::new().await;
    let mut command = ground.command(&["serve"]);
    command.env("TOOL_BASE_URL", "http://127.0.0.1:1");
    let bridge = Bridge::start(command);
    assert_eq!(deliver(&ground, &bridge, 1).await, 202);
    until("the tool was called", async || {
        let (status, body) = get(&ground, &bridge, "/readyz").await;
        assert_eq!((status, &body["status"]), (200, &json!("ready")));
        body["services"]["tool"]["state"] == "does not answer"
    })
    .await;
    let (status, log) = tokio::task::spawn_blocking(|| bridge.terminate())
        .await
        .unwrap();
    assert!(
        status.success() && log.contains("delivery accepted"),
        "{log}"
    );
}

/// One answer serves all checks in the same second, and a flood of checks does not block deliveries.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_health_checks_opens_nothing() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let checks = (0..300).map(|_| get(&ground, &bridge, "/healthz"));
    let (checks, delivered) = futures::join!(
        futures::future::join_all(checks),
        deliver(&ground, &bridge, 1)
    );
    assert!(checks.iter().all(|(status, _)| *status == 200));
    assert_eq!(delivered, 202);
    let tasks = std::fs::read_dir(format!("/proc/{}/task", bridge.id()));
    let threads = tasks.unwrap().count();
    assert!(threads < 40, "{threads} threads");
}

/// Deliveries are verified with the secrets that were read before, so a proxy must not stop routing to the bridge.
#[tokio::test(flavor = "multi_thread")]
async fn unreadable_connections_are_a_note_while_deliveries_are_stored() {
    let ground = Ground::new().await;
    let kept = json!({ "version": 1, "connections": { "default": {
        "token": "ot_ptk_canary", "webhooks": [{ "endpoint": "whe_1", "secret": SECRET }],
    } } });
    let (file, aside) = (ground.path("connections.json"), ground.path("aside"));
    let set_mode = |mode| fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    fs::write(&file, kept.to_string()).unwrap();
    set_mode(0o600);
    let mut command = ground.command(&["serve"]);
    command.env_remove("OPENTRAIN_WEBHOOK_SECRET");
    command.env_remove("OPENTRAIN_PARTNER_TOKEN");
    let bridge = Bridge::start(command);
    assert_eq!(deliver(&ground, &bridge, 1).await, 202);
    let faults: [(&str, &dyn Fn()); 5] = [
        ("mode 0644", &|| set_mode(0o644)),
        ("mode 0604", &|| set_mode(0o604)),
        ("mode 0660", &|| set_mode(0o660)),
        ("does not hold connections", &|| {
            set_mode(0o600);
            fs::write(&file, &kept.to_string()[..40]).unwrap();
        }),
        ("is gone", &|| fs::rename(&file, &aside).unwrap()),
    ];
    for (n, (fault, cause)) in (2..).zip(faults) {
        assert_eq!(get(&ground, &bridge, "/readyz").await.0, 200);
        cause();
        until("the fault is known", async || {
            let (status, body) = get(&ground, &bridge, "/readyz").await;
            assert_eq!((status, &body["status"]), (200, &json!("ready")), "{body}");
            body["notes"].to_string().contains(fault)
        })
        .await;
        assert_eq!(deliver(&ground, &bridge, n).await, 202, "{fault}");
    }
    fs::write(&file, kept.to_string()).unwrap();
    set_mode(0o440);
    until("a file that its group may read is no fault", async || {
        let (_, body) = get(&ground, &bridge, "/readyz").await;
        body["notes"].is_null()
    })
    .await;
    assert_eq!(deliver(&ground, &bridge, 9).await, 202);
    let (status, log) = bridge.terminate();
    assert!(
        log.contains("the group of the connections file may read it"),
        "{log}"
    );
    assert!(
        status.success() && log.contains("connections.json is gone"),
        "{log}"
    );
}
