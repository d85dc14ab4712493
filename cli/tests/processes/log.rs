//! Content of the log, and what it must never contain.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Value, json};
use shared::model::clock::{Clock, SystemClock};
use shared::model::signature::WebhookSecret;
use tokio::task::spawn_blocking;

use super::kit::{Bridge, Ground, SECRET};
use crate::common::events::{Link, event, started};
use crate::common::post::Letter;
use crate::common::wait::until;

/// The message of the count of refused requests.
const REFUSED: &str = "requests refused";

async fn log_of(bridge: Bridge) -> String {
    let (status, log) = spawn_blocking(|| bridge.terminate()).await.unwrap();
    assert!(status.success());
    log
}

#[tokio::test]
async fn an_accepted_delivery_is_one_line_of_ids() {
    let ground = Ground::new().await;
    let mut command = ground.command(&["serve"]);
    command.env("BRIDGE_LOG", "info");
    let bridge = Bridge::start(command);
    let hire = started(7, "ctr_1", "maria", &Link::new("link_1", "streets"));
    assert_eq!(ground.deliver(bridge.address, &hire).await.status, 202);
    let log = log_of(bridge).await;
    let line = log.lines().find(|line| line.contains("delivery accepted"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    for part in [
        "INFO",
        "event.type=contract.started",
        "event.id=7",
        "contract.id=ctr_1",
        "connection=default",
        "delivery.id=dlv_by_hand",
    ] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
}

/// Refusals are counted and logged together, because unknown senders can cause any number of them.
#[tokio::test]
async fn refusals_are_logged_once_a_second() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let forged = WebhookSecret::new("whsec_canary_forged").unwrap();
    let started = std::time::Instant::now();
    for _ in 0..10 {
        let some = (0..40).map(|n| {
            let name = ["default", "canary-unknown"][n % 2];
            let url = format!("http://{}/hooks/{name}", bridge.address);
            Letter::signed(&url, &forged, "{}").post(&ground.client)
        });
        join_all(some).await;
    }
    let seconds = started.elapsed().as_secs() + 2;
    let log = log_of(bridge).await;
    assert_eq!(refused(&log, "signature-mismatch", "default"), 200, "{log}");
    assert_eq!(refused(&log, "unknown-connection", "unknown"), 200, "{log}");
    let lines = log.lines().filter(|it| it.contains(REFUSED)).count() as u64;
    assert!(lines <= 2 * seconds, "{log}");
}

/// How many refusals of this reason the log contains.
fn refused(log: &str, reason: &str, connections: &str) -> u64 {
    let lines = log.lines().filter(|line| {
        line.contains(REFUSED)
            && line.contains(&format!("reason={reason} "))
            && line.contains(&format!("connections=\"{connections}\""))
    });
    let counts = lines.filter_map(|line| line.split_once("count=")?.1.split(' ').next());
    counts.map(|count| count.parse::<u64>().unwrap()).sum()
}

/// Wrong methods, and the requests that the HTTP library answers by itself.
#[tokio::test]
async fn requests_that_are_not_deliveries_are_counted_too() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let long = "x".repeat(20_000);
    let requests = [
        (
            "GET /hooks/default HTTP/1.1\r\nhost: x\r\n\r\n".into(),
            "405",
        ),
        (
            "DELETE /hooks/nope HTTP/1.1\r\nhost: x\r\n\r\n".into(),
            "405",
        ),
        (
            "POST /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n".into(),
            "405",
        ),
        ("no request at all\r\n\r\n".into(), "400"),
        ("GET /livez HTTP/1.1\r\nbad header\r\n\r\n".into(), "400"),
        (format!("GET /livez HTTP/1.1\r\nx: {long}\r\n\r\n"), "431"),
    ];
    let to = bridge.address;
    for (request, status) in requests {
        let answer = spawn_blocking(move || exchange(to, &request))
            .await
            .unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    let log = log_of(bridge).await;
    for (reason, count) in [
        ("method-not-allowed", 3),
        ("malformed-request", 2),
        ("head-too-large", 1),
    ] {
        assert_eq!(refused(&log, reason, "unknown"), count, "{reason}: {log}");
    }
}

/// Sends a text, and returns what comes back.
fn exchange(to: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 256];
    let read = stream.read(&mut answer).unwrap_or_default();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

/// Invalid ids: the delivery is quarantined with a reason, and no line of the log contains them.
#[tokio::test]
async fn events_with_long_ids_are_quarantined() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let link = Link::new("link_1", "streets");
    let long = "7".repeat(200_000);
    let mut id = started(1, "ctr_1", "maria", &link);
    id["id"] = long.as_str().into();
    let kind = event(&long, 2, None, json!({}));
    let project = started(3, "ctr_3", "maria", &Link::new("link_3", &long));
    let mut deep = started(4, "ctr_4", "maria", &link);
    deep["data"]["deep"] = (0..125).fold(json!(1), |inner, _| json!([inner]));
    let secret = WebhookSecret::new(SECRET).unwrap();
    let url = format!("http://{}/hooks/default", bridge.address);
    for (n, odd) in [id, kind, project, deep].iter().enumerate() {
        let letter = Letter {
            delivery: Some(format!("dlv_{n}")),
            ..Letter::signed(&url, &secret, odd.to_string())
        };
        assert_eq!(letter.post(&ground.client).await.status, 202, "{n}");
    }
    until("all are recorded", async || {
        quarantined(&ground).await.len() == 4
    })
    .await;
    let reasons = quarantined(&ground).await;
    for says in [
        "`id` has more than 256",
        "`type` has more than 100",
        "an id in `data`",
        "levels deep",
    ] {
        assert!(
            reasons.iter().any(|it| it.contains(says)),
            "{says}: {reasons:?}"
        );
    }
    let log = log_of(bridge).await;
    let longest = log.lines().map(str::len).max().unwrap();
    assert!(longest < 2_000, "{longest}");
    assert!(log.contains("delivery accepted and quarantined"), "{log}");
}

async fn quarantined(ground: &Ground) -> Vec<String> {
    let status = ground.status().await;
    let rows = status["connections"][0]["quarantined"].as_array();
    let rows = rows.into_iter().flatten();
    rows.map(|row| row["reason"].as_str().unwrap().to_owned())
        .collect()
}

/// A customer's project name with a forged log line and a clear-screen sequence.
#[tokio::test]
async fn an_id_can_neither_forge_a_line_nor_move_the_cursor() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let odd = "p\u{1b}[2J\n1999-01-01T00:00:00Z ERROR forged\u{202e}";
    let hire = started(1, "ctr_\u{1b}[1m", "maria", &Link::new("link_1", odd));
    assert_eq!(ground.deliver(bridge.address, &hire).await.status, 202);
    let mut unknown = hire.clone();
    unknown["id"] = "2".into();
    unknown["type"] = odd.into();
    assert_eq!(ground.deliver(bridge.address, &unknown).await.status, 202);
    until("the unknown type is quarantined", async || {
        !quarantined(&ground).await.is_empty()
    })
    .await;
    until("it was tried", async || {
        ground.status().await["access"][0]["trouble"]["cause"] == "wrong"
    })
    .await;
    let shown = ground.run(&["status"]).await.out;
    let log = log_of(bridge).await;
    for (what, text) in [("status", &shown), ("log", &log)] {
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{what}: {text:?}");
        let forged = text
            .lines()
            .any(|line| line.trim_start().starts_with("1999"));
        assert!(!forged, "{what}: {text}");
        assert!(text.contains(r"ctr_\u{1b}[1m"), "{what}: {text}");
    }
}

/// An OpenTrain that refuses every call, with a clock that is ten minutes ahead. Returns the number of calls, too.
fn ahead_of_time() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _head = stream.read(&mut [0; 4096]).unwrap();
            let date = SystemClock.now() + jiff::SignedDuration::from_mins(10);
            let answer = format!(
                "HTTP/1.1 401 Unauthorized\r\ndate: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                http_date(date)
            );
            stream.write_all(answer.as_bytes()).unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, calls)
}

fn http_date(at: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_differs_is_named_once_and_in_readyz() {
    let ground = Ground::new().await;
    let mut command = ground.command(&["serve"]);
    let (opentrain, calls) = ahead_of_time();
    command.env("OPENTRAIN_BASE_URL", format!("http://{opentrain}"));
    let bridge = Bridge::start(command);
    let url = format!("http://{}/readyz", bridge.address);
    let readyz = async || -> Value {
        let answer = ground.client.get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    };
    until("the clock was seen", async || {
        readyz().await["services"]["opentrain"]["clock"].is_string()
    })
    .await;
    let ahead = readyz().await["services"]["opentrain"]["clockAheadS"].clone();
    assert!((595..=605).contains(&ahead.as_i64().unwrap()), "{ahead}");
    // The running bridge executes it.
    for _ in 0..3 {
        let refused = ground.run(&["reconcile"]).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
    }
    assert!(calls.load(Ordering::SeqCst) >= 4);
    let log = log_of(bridge).await;
    let named: Vec<_> = log
        .lines()
        .filter(|it| it.contains("clock.ahead_s="))
        .collect();
    assert_eq!(named.len(), 1, "{named:#?}");
    assert!(named[0].contains("WARN"), "{named:#?}");
}
