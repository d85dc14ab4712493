//! Intake of deliveries: those that it accepts, and those that it refuses.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use shared::model::ConnectionName;
use shared::queue::Depth;
use shared::webhook::MAX_BODY;

use crate::common::canaries;
use crate::common::events::{Link, event, started};
use crate::common::post::Letter;
use crate::common::world::{World, play};

pub(super) fn body() -> Vec<u8> {
    started(1, "ctr_1", "maria", &Link::new("link_1", "streets"))
        .to_string()
        .into()
}

/// Asserts that nothing was stored: not in the queue, not in the ledger, not in the tool.
pub(super) async fn assert_nothing_came_in(w: &World) {
    assert_eq!(w.bridge.queue().depth().await.unwrap(), Depth::default());
    assert!(
        w.bridge
            .ledger()
            .trainers()
            .await
            .unwrap()
            .trainers
            .is_empty()
    );
    assert!(w.tool.requests().is_empty());
}

#[tokio::test]
async fn health_tells_how_full_the_queue_is() {
    play(async |w| {
        let answer = w.get("/healthz").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["status"], "ok");
        assert_eq!(answer.json()["queue"]["waiting"], 0);
    })
    .await;
}

/// A body that states its length, and one that does not: neither is parsed.
#[tokio::test]
async fn a_body_that_is_too_large_is_a_413() {
    play(async |w| {
        let large = vec![b' '; MAX_BODY + 1];
        let letter = w.letter("default", large.clone());
        let signature = letter.signature.clone().unwrap();
        assert_eq!(w.post(letter).await.status, 413);

        let address = w.bridge.address();
        let streamed = tokio::task::spawn_blocking(move || stream(address, &signature, &large));
        assert!(streamed.await.unwrap().starts_with("HTTP/1.1 413 "));
        assert_nothing_came_in(w).await;
    })
    .await;
}

/// Posts in chunks, without stating the length. Returns the beginning of the response.
fn stream(address: SocketAddr, signature: &str, body: &[u8]) -> String {
    let mut line = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /hooks/default HTTP/1.1\r\nHost: {address}\r\nX-OpenTrain-Signature: {signature}\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    line.write_all(head.as_bytes()).unwrap();
    for chunk in body.chunks(8 * 1024) {
        let sent = write!(line, "{:x}\r\n", chunk.len()).and_then(|()| line.write_all(chunk));
        if sent.and_then(|()| line.write_all(b"\r\n")).is_err() {
            break;
        }
    }
    let mut answer = [0; 64];
    let length = line.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn a_body_of_the_largest_size_is_taken() {
    play(async |w| {
        w.project("streets");
        let mut event = started(1, "ctr_1", "maria", &Link::new("link_1", "streets"));
        event["padding"] = "".into();
        let room = MAX_BODY - event.to_string().len();
        event["padding"] = " ".repeat(room).into();
        assert_eq!(event.to_string().len(), MAX_BODY);
        w.deliver("default", &event).await;
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
    })
    .await;
}

/// A retry of a signed body that cannot be parsed would fail again. The bridge accepts and quarantines it, and shows
/// it.
#[tokio::test]
async fn what_is_signed_and_not_understood_is_taken_and_set_aside() {
    play(async |w| {
        let odd: [&[u8]; 7] = [
            b"canary, no JSON",
            b"",
            b"{}",
            b"[1,2]",
            br#"{"id":"1"}"#,
            br#"{"id":null,"type":"contract.started"}"#,
            b"\xff\xfe\x00canary",
        ];
        for (n, body) in odd.into_iter().enumerate() {
            let letter = w.letter("default", body);
            let letter = Letter {
                delivery: Some(format!("dlv_{n}")),
                ..letter
            };
            assert_eq!(w.post(letter).await.status, 202, "{n}");
        }
        w.idle().await;
        let aside = w.status().await["connections"][0]["quarantined"]
            .as_array()
            .unwrap()
            .clone();
        assert_eq!(aside.len(), odd.len(), "{aside:?}");
        assert!(
            aside
                .iter()
                .all(|it| it["delivery"].as_str().unwrap().starts_with("dlv_"))
        );
    })
    .await;
}

#[tokio::test]
async fn an_unknown_type_is_taken_and_set_aside_by_its_name() {
    play(async |w| {
        let unknown = event(
            "contract.paused",
            5,
            Some("ctr_1"),
            serde_json::json!({ "reason": "canary" }),
        );
        w.deliver("default", &unknown).await;
        w.idle().await;
        let aside = w.status().await["connections"][0]["quarantined"][0].clone();
        assert_eq!(
            (&aside["event"], &aside["kind"]),
            (&"5".into(), &"contract.paused".into())
        );
    })
    .await;
}

/// An event lacks data that no request can supply. It is accepted and quarantined, and the next one is processed.
#[tokio::test]
async fn an_event_that_names_nothing_is_set_aside() {
    play(async |w| {
        for (id, kind) in (1..).zip(shared::model::event::EventType::known()) {
            w.deliver("default", &event(kind, id, None, serde_json::json!({})))
                .await;
        }
        w.idle().await;
        let name = ConnectionName::default();
        let aside = w.bridge.ledger().aside(&name).await.unwrap();
        // `install.revoked` needs no names: the connection identifies the install.
        assert_eq!(aside.len(), 7, "{aside:?}");
    })
    .await;
}

/// The response contains the ids that an operator needs to find the delivery.
#[tokio::test]
async fn a_202_names_the_delivery() {
    play(async |w| {
        w.project("streets");
        let answer = w.post(w.letter("default", body())).await;
        assert_eq!(answer.json()["delivery"], "dlv_by_hand");
        assert!(answer.json()["message"].is_string());
        w.idle().await;
    })
    .await;
}

/// While the store fails, the response is 503 with `Retry-After`, and the health check fails. After that, intake
/// continues.
#[tokio::test]
async fn a_queue_that_refuses_is_a_503_with_retry_after() {
    play(async |w| {
        w.project("streets");
        let path = w.folder.path().join("bridge.db");
        let rename = |from: &str, to: &str| {
            let database = rusqlite::Connection::open(&path).unwrap();
            database.busy_timeout(Duration::from_secs(5)).unwrap();
            database
                .execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}"))
                .unwrap();
        };
        rename("queue_seen", "away");
        let answer = w.post(w.letter("default", body())).await;
        rename("away", "queue_seen");
        assert_eq!(answer.status, 503);
        assert_eq!(answer.headers["retry-after"], "30");
        assert!(answer.json()["error"].as_str().unwrap().contains("again"));

        assert_eq!(w.post(w.letter("default", body())).await.status, 202);
        w.idle().await;
        assert_eq!(w.members("streets"), ["maria"]);
    })
    .await;
}

#[test]
fn the_log_is_listened_to() {
    canaries::listen();
    let before = canaries::lines();
    tracing::trace!("a line of this test");
    assert!(canaries::lines() > before);
}

/// The search for canaries finds one that is printed.
#[test]
fn what_must_not_be_printed_is_found_where_it_is() {
    for leak in [
        "Canary maria",
        "t=1 whsec_0",
        "Bearer ot_ptk_0",
        "canary-tool-token",
    ] {
        let found = std::panic::catch_unwind(|| canaries::assert_none_in(leak));
        assert!(found.is_err(), "{leak}");
    }
}
