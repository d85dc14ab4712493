//! Claims, crashes and order, step by step on a bench.

use std::time::Duration;

use serde_json::Value;
use shared::ledger::{Claim, OnInstallRevoked, Policy, Trainer};
use shared::model::clock::{Clock, after};
use shared::model::ids::{ProjectId, TrainerId};
use shared::provision::{Ack, DEADLINE, Verdict, work_batch};
use shared::queue::{Depth, MAX_BATCH, Queue};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, forgets_emails, install_revoked, started};
use crate::common::floor::{Mishap, Write};
use crate::common::world::assert_no_claim_in_progress;

/// More steps than one message needs.
pub(super) const STEPS: usize = 70;

pub(super) fn bench(ground: &Ground) -> Bench {
    Bench::new(ground, &["default"], Policy::default(), Claims::On)
}

pub(super) fn streets() -> Link {
    Link {
        job: None,
        ..Link::new("link_1", "streets")
    }
}

/// A hire, and its end, with ids that no other step has: benches on one ground share the queue's memory.
pub(super) fn hire(step: usize) -> Value {
    started(2 * step as u64 + 1, "ctr_1", "maria", &streets())
}

pub(super) fn its_end(step: usize) -> Value {
    ended(2 * step as u64 + 2, "ctr_1", "maria", &streets())
}

/// The only claim, if there is one.
pub(super) async fn claim(bench: &Bench) -> Option<Claim> {
    let items = bench.claims.scan("CLAIM#").await.unwrap();
    assert!(items.len() <= 1);
    items
        .first()
        .map(|item| serde_json::from_str(&item.doc).unwrap())
}

pub(super) async fn finish(bench: &Bench) {
    bench.drain().await;
    assert_no_claim_in_progress(bench.claims.as_ref()).await;
    assert_eq!(bench.queue.depth().await.unwrap(), Depth::default());
}

/// Asserts that the ledger knows each member of the tool, at any step of a crash.
pub(super) async fn assert_nobody_unknown(bench: &Bench) {
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

/// OpenTrain's API does not answer in this test. Once a start is merged, access is granted with the address in it, even
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

pub(super) async fn known(bench: &Bench) -> Trainer {
    let maria = TrainerId::from("maria");
    bench.ledger.trainer(&maria).await.unwrap()
}
