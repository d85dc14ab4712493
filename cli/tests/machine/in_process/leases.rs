//! Leases of a trainer's document, and claims of a message that is received twice.

use std::future::Future;
use std::time::Duration;

use futures::pin_mut;
use shared::ledger::{Attempt, Claim, Hire, Written};
use shared::model::ConnectionName;
use shared::model::event::Event;
use shared::model::ids::TrainerId;
use shared::provision::{DEADLINE, Verdict};
use shared::queue::{EventMessage, Message, Queue};

use super::claims::{STEPS, bench, claim, finish, hire, its_end, known, streets};
use crate::common::bench::{Bench, Ground, crash_after};
use crate::common::events::{link_created, started};
use crate::common::floor::Write;

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

/// The attempt of a wake-up ends at any step, even between the write that names the next wake-up and its sending. The
/// same message, received again, sends the next wake-up.
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

/// Another attempt adds a contract while a step takes long. The message has its time once, not with each plan.
#[tokio::test]
async fn no_step_begins_late_because_a_plan_was_made_again() {
    let ground = Ground::new();
    let bench = bench(&ground);
    bench.deliver("default", &hire(0)).await;
    bench.drain().await;
    bench.tool.hold("streets");
    bench.deliver("default", &its_end(0)).await;
    let another = async {
        bench.tool.until_stuck().await;
        let id = TrainerId::from("maria");
        let mut stored = bench.ledger.document(&id).await.unwrap();
        let hires = &mut stored.trainer.hires;
        let new = Hire {
            contract: "ctr_2".into(),
            link: "link_2".into(),
            project: "harbour".into(),
            ..hires[0].clone()
        };
        hires.push(new);
        let put = bench
            .ledger
            .put_document(&id, &stored.trainer, stored.expect);
        assert!(matches!(put.await.unwrap(), Written::Stored(_)));
        tokio::time::pause();
        tokio::time::advance(DEADLINE / 2 + Duration::from_secs(1)).await;
        tokio::time::resume();
        bench.tool.go_on();
    };
    tokio::join!(bench.work(), another);
    assert!(bench.tool.members("streets").is_empty());
    assert!(bench.tool.members("harbour").is_empty(), "it began late");
    bench.drain().await;
    assert!(bench.tool.members("harbour").contains("maria"));
}
