//! Claims, crashes and order, step by step on a bench.

use std::future::Future;
use std::time::Duration;

use futures::pin_mut;
use serde_json::Value;
use shared::ledger::{Attempt, Claim, OnInstallRevoked, Policy, Trainer};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, after};
use shared::model::event::Event;
use shared::model::ids::{ProjectId, TrainerId};
use shared::provision::{Ack, DEADLINE, Verdict, work_batch};
use shared::queue::{Depth, EventMessage, MAX_BATCH, Message, Queue};

use crate::common::bench::{Bench, Claims, Ground, crash_after};
use crate::common::events::{Link, ended, forgets_emails, install_revoked, link_created, started};
use crate::common::floor::{Mishap, Write};
use crate::common::world::assert_no_claim_in_progress;

/// More steps than one message needs.
const STEPS: usize = 70;

fn bench(ground: &Ground) -> Bench {
    Bench::new(ground, &["default"], Policy::default(), Claims::On)
}

fn streets() -> Link {
    Link {
        job: None,
        ..Link::new("link_1", "streets")
    }
}

/// A hire, and its end, with ids that no other step has: benches on one ground share the queue's memory.
fn hire(step: usize) -> Value {
    started(2 * step as u64 + 1, "ctr_1", "maria", &streets())
}

fn its_end(step: usize) -> Value {
    ended(2 * step as u64 + 2, "ctr_1", "maria", &streets())
}

/// The one claim there is, if any.
async fn claim(bench: &Bench) -> Option<Claim> {
    let items = bench.claims.scan("CLAIM#").await.unwrap();
    assert!(items.len() <= 1);
    items
        .first()
        .map(|item| serde_json::from_str(&item.doc).unwrap())
}

async fn finish(bench: &Bench) {
    bench.drain().await;
    assert_no_claim_in_progress(bench.claims.as_ref()).await;
    assert_eq!(bench.queue.depth().await.unwrap(), Depth::default());
}

/// Asserts that the ledger knows each member of the tool, at any step of a crash.
async fn assert_nobody_unknown(bench: &Bench) {
    for trainer in bench.tool.members("streets") {
        let known = bench
            .ledger
            .trainer(&TrainerId::from(trainer.as_str()))
            .await
            .unwrap();
        let access = known.access.get(&ProjectId::from("streets"));
        assert!(
            access.is_some_and(|it| it.may_be_in()),
            "{trainer} is in, and the ledger doesn't know"
        );
    }
}

/// Lambda kills a function when its time is over. A message that might not be finished is not begun, and is returned at
/// once.
#[tokio::test]
async fn no_message_is_begun_that_might_not_come_to_its_end() {
    for (left, begun) in [(DEADLINE, 2), (DEADLINE - Duration::from_secs(1), 1)] {
        let ground = Ground::new();
        let bench = bench(&ground);
        bench.deliver("default", &hire(0)).await;
        bench.deliver("default", &its_end(0)).await;
        let batch = bench
            .queue
            .receive(MAX_BATCH, DEADLINE * 11, Duration::ZERO);
        let until = after(bench.clock.now(), left);
        let batch = batch.await.unwrap();
        let ack = Ack::ByEventSource;
        let processed = work_batch(&bench.provisioner, batch, Some(until), ack).await;
        let verdicts: Vec<_> = processed.iter().map(|it| &it.verdict).collect();
        let back = Verdict::PutBack(Duration::ZERO);
        let second = if begun == 2 { &Verdict::Done } else { &back };
        assert_eq!(verdicts, [&Verdict::Done, second], "{left:?} left");
    }
}

#[tokio::test]
async fn a_crash_at_any_step_of_a_hire_is_healed() {
    let ground = Ground::new();
    for step in 1..STEPS {
        let bench = bench(&ground);
        bench.deliver("default", &hire(step)).await;
        bench.crash_after(step).await;
        assert_nobody_unknown(&bench).await;
        finish(&bench).await;
        assert_eq!(bench.tool.members("streets").len(), 1, "step {step}");
    }
}

#[tokio::test]
async fn a_crash_at_any_step_of_an_end_is_healed() {
    let ground = Ground::new();
    for step in 1..STEPS {
        let bench = bench(&ground);
        bench.deliver("default", &hire(step)).await;
        bench.drain().await;
        bench.deliver("default", &its_end(step)).await;
        bench.crash_after(step).await;
        assert_nobody_unknown(&bench).await;
        finish(&bench).await;
        assert!(bench.tool.members("streets").is_empty(), "step {step}");
        let known = bench
            .ledger
            .trainer(&TrainerId::from("maria"))
            .await
            .unwrap();
        assert!(forgets_emails(&known), "step {step}");
    }
}

/// The grant succeeds at the moment of the crash, and the end arrives before the start is retried.
#[tokio::test]
async fn an_end_after_a_crashed_hire_takes_the_person_out() {
    let ground = Ground::new();
    for step in 1..STEPS {
        let bench = bench(&ground);
        bench.deliver("default", &hire(step)).await;
        bench.tool.trip(Mishap::AnswerLost);
        bench.crash_after(step).await;
        bench.deliver("default", &its_end(step)).await;
        finish(&bench).await;
        assert!(bench.tool.members("streets").is_empty(), "step {step}");
    }
}

/// OpenTrain's API does not answer in this test. Once a start is merged, access is granted with the address in it, also
/// if another message about the person is processed again before it.
#[tokio::test]
async fn a_crash_never_leaves_access_due_without_its_address() {
    let ground = Ground::new();
    for step in 1..STEPS {
        let bench = Bench::new(&ground, &["default"], Policy::default(), Claims::Off);
        let another = ended(2 * step as u64 + 2, "ctr_0", "maria", &streets());
        bench.deliver("default", &another).await;
        bench.deliver("default", &hire(step)).await;
        bench.crash_after(step).await;
        finish(&bench).await;
        assert_eq!(bench.tool.members("streets").len(), 1, "step {step}");
    }
}

/// The first worker is slow: its message is redelivered, a second worker claims it, and then the first continues. In
/// any interleaving, the first worker cannot complete the second one's claim.
#[tokio::test]
async fn a_slow_worker_cannot_finish_the_next_ones_claim() {
    let ground = Ground::new();
    let mut fenced = 0;
    for (slow, fast) in (1..12).flat_map(|slow| (1..12).map(move |fast| (slow, fast))) {
        let bench = bench(&ground);
        bench
            .deliver(
                "default",
                &link_created(100 * slow as u64 + fast as u64, &streets()),
            )
            .await;
        let first = bench.work();
        pin_mut!(first);
        let first_ended = crash_after(slow, first.as_mut()).await.is_some();
        bench.clock.advance(DEADLINE * 12);
        let second = bench.work();
        pin_mut!(second);
        let second_ended = crash_after(fast, second.as_mut()).await.is_some();
        let held = claim(&bench).await;
        if !first_ended {
            first.await;
        }
        if let Some(Claim::InProgress { attempt, .. }) = &held
            && attempt.receive == 2
        {
            assert_eq!(
                claim(&bench).await,
                held,
                "{slow}/{fast}: the claim was not the first one's to end"
            );
            fenced += 1;
        }
        if !second_ended {
            second.await;
        }
        finish(&bench).await;
        assert_eq!(claim(&bench).await, Some(Claim::Done));
    }
    assert!(fenced > 5, "it never came to that");
}

/// Another message with the same event (OpenTrain's retry, after the queue forgot the first) leaves the trainer to the
/// attempt that has the lease; the message itself, received again, takes the lease over. A function that is invoked
/// twice with the same receive does not.
#[tokio::test]
async fn a_lease_is_taken_over_by_the_next_receive_of_its_message_alone() {
    let ground = Ground::new();
    let bench = bench(&ground);
    let event: Event = serde_json::from_value(started(1, "ctr_1", "maria", &streets())).unwrap();
    let message = Message::Event(EventMessage {
        handed_on: None,
        connection: ConnectionName::default(),
        delivery: None,
        received_at: shared::model::clock::Clock::now(&*bench.clock),
        event,
    });
    let sent_at = shared::model::clock::Clock::now(&*bench.clock);
    let attempt = |message: &str, receive| Attempt {
        message: message.into(),
        receive,
    };
    let handle = async |by: &Attempt| bench.provisioner.handle(&message, by, sent_at).await;
    let crashed = attempt("1", 1);
    crash_with_lease(
        &bench,
        bench.provisioner.handle(&message, &crashed, sent_at),
    )
    .await;

    for other in [attempt("2", 1), attempt("1", 1)] {
        assert_eq!(handle(&other).await, Verdict::Done);
        let lease = known(&bench).await.lease.unwrap();
        assert!(lease.is_held_by(&crashed), "{lease:?}");
    }
    let depth = bench.queue.depth().await.unwrap();
    assert_eq!(depth.retrying, 2, "each left a wake-up");
    assert_eq!(handle(&attempt("1", 2)).await, Verdict::Done);
    assert_eq!(known(&bench).await.lease, None);
    assert_eq!(bench.tool.members("streets").len(), 1);

    let writes = bench.tool.writes();
    assert_eq!(handle(&attempt("2", 2)).await, Verdict::Done);
    bench.drain().await;
    assert_eq!(
        bench.tool.writes(),
        writes,
        "a repeat and a stale wake-up write nothing"
    );
}

/// The attempt never returns. The next message does the work once the lease is over.
#[tokio::test]
async fn a_lease_that_is_over_is_taken_by_the_next_message() {
    let ground = Ground::new();
    let bench = bench(&ground);
    let event = started(1, "ctr_1", "maria", &streets());
    bench.deliver("default", &event).await;
    crash_with_lease(&bench, bench.work()).await;
    bench.forget_duplicates();
    bench.deliver("default", &event).await;
    finish(&bench).await;
    assert_eq!(bench.tool.members("streets").len(), 1);
    assert_eq!(bench.tool.writes(), [Write::Grant("streets".into())]);
}

/// The attempt of a wake-up ends at any step, also between the write that names the next wake-up and its sending: the
/// same message, received again, sends that one.
#[tokio::test]
async fn a_crash_at_any_step_of_a_wake_up_is_healed() {
    let ground = Ground::new();
    for step in 1..STEPS {
        let bench = bench(&ground);
        bench.tool.set_broken("streets", true);
        bench.deliver("default", &hire(step)).await;
        assert_eq!(bench.work().await, 1);
        bench.clock.advance(DEADLINE);
        bench.crash_after(step).await;
        bench.tool.set_broken("streets", false);
        finish(&bench).await;
        assert_eq!(bench.tool.members("streets").len(), 1, "step {step}");
        assert_eq!(known(&bench).await.due, None, "step {step}");
    }
}

async fn known(bench: &Bench) -> Trainer {
    let maria = TrainerId::from("maria");
    bench.ledger.trainer(&maria).await.unwrap()
}

/// Runs `work` until it has the lease, and drops it there, before its first call of the tool.
async fn crash_with_lease<T>(bench: &Bench, work: impl Future<Output = T>) {
    pin_mut!(work);
    for _ in 0..STEPS {
        assert!(crash_after(1, work.as_mut()).await.is_none());
        if known(bench).await.lease.is_some() {
            assert!(bench.tool.writes().is_empty());
            return;
        }
    }
    panic!("it never took the lease");
}

/// Removals come before grants: one convergence makes a removal and then a grant.
#[tokio::test]
async fn removals_go_before_grants() {
    let ground = Ground::new();
    let policy = Policy {
        on_install_revoked: OnInstallRevoked::Remove,
        ..Policy::default()
    };
    let bench = Bench::new(&ground, &["acme", "globex"], policy, Claims::On);
    let (old, new) = (Link::new("link_z", "z-old"), Link::new("link_a", "a-new"));
    bench
        .deliver("acme", &started(1, "ctr_1", "maria", &old))
        .await;
    bench.drain().await;
    bench.tool.trip(Mishap::Down);
    bench
        .deliver("globex", &started(2, "ctr_2", "maria", &new))
        .await;
    bench.work().await;
    bench.deliver("acme", &install_revoked(3, None)).await;
    finish(&bench).await;
    let expected = [
        Write::Grant("z-old".into()),
        Write::Grant("a-new".into()),
        Write::Remove("z-old".into()),
        Write::Grant("a-new".into()),
    ];
    assert_eq!(bench.tool.writes(), expected);
}

/// A batch has two starts of one person, and the first fails. The second is merged and processed.
#[tokio::test]
async fn after_a_failure_the_rest_of_the_group_is_processed() {
    let ground = Ground::new();
    let bench = bench(&ground);
    let night = Link::new("link_2", "nights");
    bench
        .deliver("default", &started(1, "ctr_1", "maria", &streets()))
        .await;
    bench
        .deliver("default", &started(2, "ctr_2", "maria", &night))
        .await;
    bench.tool.set_broken("streets", true);
    assert_eq!(bench.work().await, 2);
    assert_eq!(known(&bench).await.hires.len(), 2);
    assert_eq!(bench.tool.members("nights").len(), 1);
    bench.tool.set_broken("streets", false);
    finish(&bench).await;
    assert_eq!(bench.tool.members("streets").len(), 1);
}
