//! A trainer's document that a newer version has written: every message about it is put back until it can be read.

use std::time::Duration;

use serde_json::Value;
use shared::ledger::{Expect, Policy};
use shared::model::ConnectionName;
use shared::model::clock::Clock;
use shared::model::ids::TrainerId;
use shared::provision::{Ack, DEADLINE, Verdict, work_batch};
use shared::queue::{Depth, MAX_BATCH, Message, Queue, StatedContract, Statement};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, started};
use crate::common::floor::Mishap;

const HIDDEN: Duration = Duration::from_secs(DEADLINE.as_secs() * 11);

/// How long a message is put back at a time.
const STEP: Duration = Duration::from_secs(5 * 60);

fn link(project: &str) -> Link {
    Link {
        job: None,
        ..Link::new(&format!("link_{project}"), project)
    }
}

/// Maria works in a project, and a newer version has written her document.
async fn bench(ground: &Ground) -> Bench {
    let bench = Bench::new(ground, &["default"], Policy::default(), Claims::On);
    let start = started(1, "ctr_1", "maria", &link("streets"));
    bench.deliver("default", &start).await;
    bench.drain().await;
    assert_eq!(bench.tool.members("streets").len(), 1);
    set_version(&bench, 2).await;
    bench
}

async fn set_version(bench: &Bench, version: u64) {
    let mut items = bench
        .table
        .query("TRAINER#maria", "DOCUMENT")
        .await
        .unwrap();
    let mut item = items.remove(0);
    let mut document: Value = serde_json::from_str(&item.doc).unwrap();
    document["v"] = version.into();
    item.doc = document.to_string();
    let expect = Expect::Version(item.version);
    bench.table.put(item, expect).await.unwrap();
}

async fn send(bench: &Bench, message: Message) {
    bench.queue.send(message.encode()).await.unwrap();
}

/// The verdicts on the next batch.
async fn verdicts(bench: &Bench) -> Vec<Verdict> {
    let batch = bench.queue.receive(MAX_BATCH, HIDDEN, Duration::ZERO);
    let batch = batch.await.unwrap();
    let processed = work_batch(&bench.provisioner, batch, None, Ack::Explicit).await;
    processed.into_iter().map(|it| it.verdict).collect()
}

/// It is put back, twice, and processed once the document can be read.
async fn waits(bench: &Bench) {
    for _ in 0..2 {
        assert_eq!(verdicts(bench).await, [Verdict::PutBack(STEP)]);
        let waiting = Depth {
            retrying: 1,
            ..Depth::default()
        };
        assert_eq!(bench.queue.depth().await.unwrap(), waiting);
        bench.clock.advance(STEP);
    }
    set_version(bench, 1).await;
    bench.drain().await;
}

fn end(bench: &Bench) -> Statement {
    let contract = StatedContract {
        connection: ConnectionName::default(),
        contract: "ctr_1".into(),
        link: "link_streets".into(),
        project: "streets".into(),
        managed: false,
    };
    Statement::End {
        trainer: "maria".into(),
        contracts: vec![contract],
        at: bench.clock.now(),
    }
}

/// Her contract ends and the removal fails; then a newer version writes her document again.
async fn ends_in_vain(bench: &Bench) {
    set_version(bench, 1).await;
    let event = ended(2, "ctr_1", "maria", &link("streets"));
    bench.deliver("default", &event).await;
    assert_eq!(bench.work().await, 1);
    set_version(bench, 2).await;
}

#[tokio::test]
async fn an_event_waits_for_a_document_of_a_newer_version() {
    let ground = Ground::new();
    let bench = bench(&ground).await;
    let event = ended(2, "ctr_1", "maria", &link("streets"));
    bench.deliver("default", &event).await;
    waits(&bench).await;
    assert!(bench.tool.members("streets").is_empty());
}

#[tokio::test]
async fn an_operators_end_waits_for_a_document_of_a_newer_version() {
    let ground = Ground::new();
    let bench = bench(&ground).await;
    send(&bench, Message::Stated(end(&bench))).await;
    waits(&bench).await;
    assert!(bench.tool.members("streets").is_empty());
}

#[tokio::test]
async fn an_operators_settlement_waits_for_a_document_of_a_newer_version() {
    let ground = Ground::new();
    let bench = bench(&ground).await;
    bench.tool.set_broken("streets", true);
    ends_in_vain(&bench).await;
    let settle = Statement::Settle {
        trainer: "maria".into(),
        project: "streets".into(),
        reason: "seen by hand".into(),
        at: None,
    };
    send(&bench, Message::Stated(settle)).await;
    assert_eq!(verdicts(&bench).await, [Verdict::PutBack(STEP)]);
    bench.clock.advance(STEP);
    set_version(&bench, 1).await;
    bench.drain().await;
    let known = bench.ledger.trainer(&TrainerId::from("maria")).await;
    let access = known.unwrap().access[&"streets".into()].clone();
    assert_eq!(access.settled.as_deref(), Some("seen by hand"));
}

/// For example a convergence after a link was removed: nothing in the document announces it.
#[tokio::test]
async fn a_convergence_waits_for_a_document_of_a_newer_version() {
    let ground = Ground::new();
    let bench = bench(&ground).await;
    let removed = crate::common::events::link_removed(2, &link("streets"));
    bench.deliver("default", &removed).await;
    assert_eq!(verdicts(&bench).await, [Verdict::Done], "the link's event");
    waits(&bench).await;
    assert!(bench.tool.members("streets").is_empty());
}

#[tokio::test]
async fn a_wake_up_waits_for_a_document_of_a_newer_version() {
    let ground = Ground::new();
    let bench = bench(&ground).await;
    bench.tool.trip(Mishap::Down);
    ends_in_vain(&bench).await;
    bench.clock.advance(STEP);
    waits(&bench).await;
    assert!(bench.tool.members("streets").is_empty());
}

/// The dead letters keep the message if the bridge is not updated within a day.
#[tokio::test]
async fn after_a_day_the_dead_letters_keep_the_message() {
    let ground = Ground::new();
    let bench = bench(&ground).await;
    send(&bench, Message::Stated(end(&bench))).await;
    for _ in 0..24 * 12 {
        assert_eq!(verdicts(&bench).await, [Verdict::PutBack(STEP)]);
        bench.clock.advance(STEP);
    }
    let dead = verdicts(&bench).await;
    assert!(matches!(&dead[..], [Verdict::Dead(_)]), "{dead:?}");
    let dead = bench.queue.dead_letters(10).await.unwrap();
    let reason = &dead[0].reason;
    assert!(reason.contains("update the bridge"), "{reason}");
}
