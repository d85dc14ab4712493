//! Batches with a message that fails, that ends the process, or that this version cannot read.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use shared::ledger::Policy;
use shared::model::clock::{Clock, after, before};
use shared::model::ids::TrainerId;
use shared::provision::{Ack, DEADLINE, Verdict, work_batch};
use shared::queue::{DeduplicationId, Depth, GroupId, MAX_BATCH, Outgoing, Queue, Received};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, started};

const HIDDEN: Duration = Duration::from_secs(DEADLINE.as_secs() * 11);

fn bench(ground: &Ground) -> Bench {
    Bench::new(ground, &["default"], Policy::default(), Claims::On)
}

fn link(project: &str) -> Link {
    Link {
        job: None,
        ..Link::new(&format!("link_{project}"), project)
    }
}

async fn receive(bench: &Bench) -> Vec<Received> {
    let received = bench.queue.receive(MAX_BATCH, HIDDEN, Duration::ZERO);
    received.await.unwrap()
}

/// One person has a start that fails, an end elsewhere and another start. The end and the other start are processed.
#[tokio::test]
async fn a_failing_message_does_not_hold_up_its_group() {
    let ground = Ground::new();
    let bench = bench(&ground);
    let (bad, good, other) = (link("bad"), link("good"), link("other"));
    bench
        .deliver("default", &started(1, "ctr_1", "maria", &good))
        .await;
    bench.drain().await;
    assert_eq!(bench.tool.members("good").len(), 1);
    bench.tool.set_broken("bad", true);
    bench
        .deliver("default", &started(2, "ctr_2", "maria", &bad))
        .await;
    bench
        .deliver("default", &ended(3, "ctr_1", "maria", &good))
        .await;
    bench
        .deliver("default", &started(4, "ctr_3", "maria", &other))
        .await;
    assert_eq!(bench.work().await, 3);
    assert!(bench.tool.members("good").is_empty(), "the end is done");
    assert_eq!(bench.tool.members("other").len(), 1);
    let known = bench.ledger.trainer(&TrainerId::from("maria")).await;
    assert_eq!(known.unwrap().hires.len(), 3, "all facts are merged");
    bench.tool.set_broken("bad", false);
    bench.drain().await;
    assert_eq!(bench.tool.members("bad").len(), 1);
    assert_eq!(bench.queue.depth().await.unwrap(), Depth::default());
}

/// The message of one of ten people ends the process each time. The others have access, and their messages are deleted,
/// after three receives, at any position of that message.
#[tokio::test]
async fn a_message_that_ends_the_process_takes_no_others_along() {
    for killer in 0..10 {
        let ground = Ground::new();
        let bench = bench(&ground);
        bench.tool.set_deadly("deadly", true);
        for number in 0..10_u64 {
            let project = if number == killer {
                "deadly"
            } else {
                "streets"
            };
            let (contract, trainer) = (format!("ctr_{number}"), format!("usr_{number}"));
            let event = started(number + 1, &contract, &trainer, &link(project));
            bench.deliver("default", &event).await;
        }
        for receive in 1..=3 {
            tokio::select! {
                done = bench.work() => panic!("{done} messages came to their end"),
                () = bench.tool.until_stuck() => {}
            }
            bench.clock.advance(HIDDEN);
            if receive == 1 {
                let waiting = bench.queue.depth().await.unwrap().waiting;
                assert_eq!(waiting, 10, "a new batch is processed side by side");
            }
        }
        let left = bench.queue.depth().await.unwrap();
        assert_eq!((left.waiting, left.in_flight), (1, 0), "killer {killer}");
        assert_eq!(bench.tool.members("streets").len(), 9, "killer {killer}");
        bench.tool.set_deadly("deadly", false);
        bench.drain().await;
        assert_eq!(bench.tool.members("deadly").len(), 1);
    }
}

/// The same within one person's group: an end behind the message that ends the process is processed.
#[tokio::test]
async fn a_message_that_ends_the_process_does_not_keep_back_an_end_behind_it() {
    let ground = Ground::new();
    let bench = bench(&ground);
    let (deadly, streets) = (link("deadly"), link("streets"));
    bench
        .deliver("default", &started(1, "ctr_1", "maria", &streets))
        .await;
    bench.drain().await;
    bench.tool.set_deadly("deadly", true);
    bench
        .deliver("default", &started(2, "ctr_2", "maria", &deadly))
        .await;
    bench
        .deliver("default", &ended(3, "ctr_1", "maria", &streets))
        .await;
    for _ in 1..=3 {
        tokio::select! {
            done = bench.work() => panic!("{done} messages came to their end"),
            () = bench.tool.until_stuck() => {}
        }
        bench.clock.advance(HIDDEN);
    }
    assert!(bench.tool.members("streets").is_empty());
    bench.tool.set_deadly("deadly", false);
    bench.drain().await;
    assert_eq!(bench.tool.members("deadly").len(), 1);
}

/// The first group of a redelivered batch is processed in any case. Messages that there is no time for are put back,
/// and their receive counts start anew.
#[tokio::test]
async fn what_is_not_tried_uses_up_no_receives() {
    let ground = Ground::new();
    let bench = bench(&ground);
    for (id, trainer) in [(1, "ana"), (2, "bo"), (3, "cy")] {
        let contract = format!("ctr_{id}");
        let event = started(id, &contract, trainer, &link("streets"));
        bench.deliver("default", &event).await;
    }
    assert_eq!(receive(&bench).await.len(), 3);
    bench.clock.advance(HIDDEN);
    let batch = receive(&bench).await;
    assert!(batch.iter().all(|it| it.receive_count == 2));
    let no_time = bench.clock.now();
    let ack = Ack::ByEventSource;
    let processed = work_batch(&bench.provisioner, batch, Some(no_time), ack).await;
    let done = |verdict: &Verdict| *verdict == Verdict::Done;
    assert_eq!(processed.iter().filter(|it| done(&it.verdict)).count(), 1);
    assert!(processed.iter().all(|it| !it.redelivered));
    let left = bench.queue.depth().await.unwrap();
    assert_eq!((left.in_flight, left.retrying), (0, 2));
    let again = receive(&bench).await;
    assert_eq!(again.len(), 2);
    assert!(again.iter().all(|it| it.receive_count == 1));
}

async fn send(bench: &Bench, body: &str) {
    let message = Outgoing {
        body: body.to_owned(),
        group: GroupId::new("trainer", "maria"),
        deduplication: DeduplicationId::of(&[body]),
    };
    bench.queue.send(message).await.unwrap();
}

async fn verdict(bench: &Bench) -> (Received, Verdict) {
    let batch = receive(bench).await;
    let mut processed = work_batch(&bench.provisioner, batch, None, Ack::Explicit).await;
    assert_eq!(processed.len(), 1);
    let it = processed.remove(0);
    (it.received, it.verdict)
}

/// The message is put back unread for an hour, in steps of five minutes, because a deployment may be in progress. Then
/// it becomes a dead letter, with its body.
#[tokio::test]
async fn a_message_of_a_newer_version_is_put_back_for_an_hour() {
    let ground = Ground::new();
    let bench = bench(&ground);
    let body = json!({ "v": 3, "kind": "event", "canary": "ünread" }).to_string();
    send(&bench, &body).await;
    let step = Duration::from_secs(5 * 60);
    let mut first: Option<Timestamp> = None;
    for _ in 0..12 {
        let (received, verdict) = verdict(&bench).await;
        assert_eq!(verdict, Verdict::PutBack(step));
        assert_eq!(
            (received.body.as_str(), received.receive_count),
            (&*body, 1)
        );
        assert_eq!(received.sent_at, *first.get_or_insert(received.sent_at));
        assert!(receive(&bench).await.is_empty(), "it is not due yet");
        bench.clock.advance(step);
    }
    let (received, verdict) = verdict(&bench).await;
    assert!(matches!(verdict, Verdict::Dead(_)), "{verdict:?}");
    assert_eq!(received.body, body);
    let dead = bench.queue.dead_letters(10).await.unwrap();
    assert!(
        dead[0].reason.contains("version 3, not 2"),
        "{}",
        dead[0].reason
    );
    let left = bench.queue.depth().await.unwrap();
    let dead = Depth {
        dead: 1,
        ..Depth::default()
    };
    assert_eq!(left, dead);
}

/// A message that no version can read does not wait. A wrong clock also ends a wait.
#[tokio::test]
async fn other_messages_that_can_not_be_read_are_dead_at_once() {
    let ground = Ground::new();
    for body in ["not JSON", "{\"v\":0}", "{\"v\":1,\"kind\":\"greeting\"}"] {
        let bench = bench(&ground);
        send(&bench, body).await;
        let (_, verdict) = verdict(&bench).await;
        assert!(matches!(verdict, Verdict::Dead(_)), "{body}: {verdict:?}");
    }
    for (body, at) in [("{\"v\":3}", after as fn(_, _) -> _), ("{\"v\":4}", before)] {
        let bench = bench(&ground);
        send(&bench, body).await;
        let mut batch = receive(&bench).await;
        batch[0].sent_at = at(batch[0].sent_at, Duration::from_secs(7200));
        let processed = work_batch(&bench.provisioner, batch, None, Ack::Explicit).await;
        assert!(matches!(processed[0].verdict, Verdict::Dead(_)));
    }
}
