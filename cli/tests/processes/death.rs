//! End of the process: a stop, or `kill -9`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use simulator::{Fault, ToolCall, What};

use super::kit::{Ground, SECRET};
use crate::common::events::{Link, started};
use crate::common::post::Letter;
use crate::common::wait::until;

const DELIVERIES: usize = 300;
const SENDERS: usize = 8;

fn hire(n: usize) -> serde_json::Value {
    let link = Link::new("link_1", "streets");
    started(
        n as u64 + 1,
        &format!("ctr_{n}"),
        &format!("usr_{n}"),
        &link,
    )
}

#[tokio::test]
async fn a_stop_finishes_work_in_progress() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    ground.tool.fault(Fault::times(
        1,
        ToolCall::PutMember,
        What::Delay(Duration::from_millis(700)),
    ));
    assert_eq!(ground.deliver(bridge.address, &hire(0)).await.status, 202);
    ground
        .tool
        .until(|tool| tool.requests().contains_key(&ToolCall::PutMember))
        .await
        .unwrap();
    let (status, _) = tokio::task::spawn_blocking(|| bridge.terminate())
        .await
        .unwrap();
    assert!(status.success(), "{status}");

    let status = ground.status().await;
    assert_eq!(status["access"][0]["state"], "granted");
    assert_eq!(
        (&status["queue"]["waiting"], &status["queue"]["inFlight"]),
        (&0.into(), &0.into())
    );
    assert_eq!(ground.tool.writes_of("streets", "usr_0").puts, 1);
}

/// Sends hires concurrently until all are sent or the bridge has ended. Returns the acknowledged ones.
async fn send_until_dead(
    ground: &Ground,
    to: SocketAddr,
    acknowledged: &AtomicUsize,
) -> BTreeSet<usize> {
    let all = Mutex::new(BTreeSet::new());
    let next = AtomicUsize::new(0);
    let secret = shared::model::signature::WebhookSecret::new(SECRET).unwrap();
    let sender = || async {
        loop {
            let n = next.fetch_add(1, Ordering::SeqCst);
            if n >= DELIVERIES {
                return;
            }
            let letter = Letter::signed(
                &format!("http://{to}/hooks/default"),
                &secret,
                hire(n).to_string(),
            );
            let Some(answer) = letter.try_post(&ground.client).await else {
                return;
            };
            if answer.status == 202 {
                all.lock().unwrap().insert(n);
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    join_all((0..SENDERS).map(|_| sender())).await;
    all.into_inner().unwrap()
}

async fn is_idle(ground: &Ground, at: SocketAddr) -> bool {
    let url = format!("http://{at}/healthz");
    let answer = ground.client.get(url).send().await.unwrap();
    let health: serde_json::Value = answer.json().await.unwrap();
    health["queue"]["waiting"] == 0 && health["queue"]["inFlight"] == 0
}

/// Asserts that each of them is a member and was granted access once; few calls are repeated.
async fn assert_applied_once(ground: &Ground, acknowledged: &BTreeSet<usize>) {
    let status = ground.status().await;
    assert_eq!(status["queue"]["dead"], 0);
    let rows = status["access"].as_array().unwrap();
    for n in acknowledged {
        let trainer = format!("usr_{n}");
        assert!(
            ground.tool.member("streets", &trainer).is_some(),
            "{trainer} was acknowledged and has no access"
        );
        let own: Vec<_> = rows
            .iter()
            .filter(|row| row["trainer"] == trainer.as_str())
            .collect();
        assert_eq!(own.len(), 1, "{trainer}");
        assert_eq!(
            own[0]["because"].as_array().unwrap().len(),
            1,
            "{trainer} was hired once"
        );
        // Work that was in progress at the kill is repeated.
        assert!(
            ground.tool.writes_of("streets", &trainer).puts <= 2,
            "{trainer}"
        );
    }
    let repeated =
        (0..DELIVERIES).filter(|n| ground.tool.writes_of("streets", &format!("usr_{n}")).puts > 1);
    assert!(repeated.count() <= 40, "only work in progress is repeated");
}

/// Acknowledged deliveries are applied once. Others may or may not be applied.
#[tokio::test]
async fn kill_9_under_load_loses_nothing_that_was_acknowledged() {
    let ground = Ground::new().await;
    let bridge = ground.serve();
    let count = AtomicUsize::new(0);
    let to = bridge.address;
    let killing = async {
        until("half is acknowledged", async || {
            count.load(Ordering::SeqCst) >= DELIVERIES / 2
        })
        .await;
        bridge.kill();
    };
    let (acknowledged, ()) = tokio::join!(send_until_dead(&ground, to, &count), killing);
    assert!(
        acknowledged.len() >= DELIVERIES / 2 && acknowledged.len() < DELIVERIES,
        "{}",
        acknowledged.len()
    );
    let done_before = ground.tool.members("streets").len();

    let bridge = ground.serve();
    until("all work is done", async || {
        is_idle(&ground, bridge.address).await
    })
    .await;
    assert_applied_once(&ground, &acknowledged).await;
    assert!(done_before <= ground.tool.members("streets").len());
    assert_eq!(ground.tool.violations(), []);
    assert!(bridge.terminate().0.success());
}
