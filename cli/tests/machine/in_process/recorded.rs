//! The audit record of one trainer, while two writers take turns, end in between and are repeated: each change of
//! access that the document ever had is in one row, and no row that the document ever named is lost.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::poll_fn;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use shared::ledger::audit::{AuditEvent, Head, Subject};
use shared::ledger::{
    Access, AccessState, Attempt, Expect, LONGEST_LEASE, Ledger, Policy, Table, Trainer,
};
use shared::model::ConnectionName;
use shared::model::clock::Clock;
use shared::model::event::Event;
use shared::model::ids::{ProjectId, TrainerId};
use shared::provision::Verdict;
use shared::queue::{EventMessage, Message};

use crate::common::bench::{Bench, Claims, Ground};
use crate::common::events::{Link, ended, started};
use crate::common::floor::Mishap;
use crate::common::table::MemoryTable;

const TRAINER: &str = "maria";

/// Number of receives after which a message must be done.
const RECEIVES: usize = 12;

/// Two messages that are processed at once.
#[derive(Clone, Debug)]
struct Round {
    events: [usize; 2],
    /// The writer of each step. After the last one, the writers alternate.
    turns: Vec<bool>,
    /// After how many steps a writer ends as by `kill -9`.
    ends_after: [Option<usize>; 2],
    mishap: Option<Mishap>,
    /// Seconds until the next round.
    wait: u64,
}

fn link(project: &str) -> Link {
    Link {
        job: None,
        ..Link::new(&format!("link_{project}"), project)
    }
}

/// The events of the story, in the order of their ids.
fn events() -> Vec<Value> {
    let (streets, other) = (link("streets"), link("other"));
    vec![
        started(101, "ctr_1", TRAINER, &streets),
        started(102, "ctr_2", TRAINER, &streets),
        started(103, "ctr_3", TRAINER, &other),
        ended(104, "ctr_1", TRAINER, &streets),
        ended(105, "ctr_2", TRAINER, &streets),
        ended(106, "ctr_3", TRAINER, &other),
        started(107, "ctr_1", TRAINER, &streets),
        ended(108, "ctr_1", TRAINER, &streets),
    ]
}

struct Play {
    bench: Bench,
    events: Vec<Value>,
    receives: RefCell<u32>,
}

impl Play {
    fn new(ground: &Ground) -> Self {
        Self {
            bench: Bench::new(ground, &["default"], Policy::default(), Claims::On),
            events: events(),
            receives: RefCell::default(),
        }
    }

    /// Processes an event's message, each time as a newer receive of it.
    async fn handle(&self, event: usize, writer: usize) -> Verdict {
        *self.receives.borrow_mut() += 1;
        let attempt = Attempt {
            message: format!("{event} by {writer}"),
            receive: *self.receives.borrow(),
        };
        let event: Event = serde_json::from_value(self.events[event].clone()).unwrap();
        let now = self.bench.clock.now();
        let message = Message::Event(EventMessage {
            handed_on: None,
            connection: ConnectionName::default(),
            delivery: None,
            received_at: now,
            event,
        });
        self.bench.provisioner.handle(&message, &attempt, now).await
    }

    async fn round(&self, round: &Round) {
        if let Some(mishap) = round.mishap {
            self.bench.tool.trip(mishap);
        }
        let [one, two] = round.events;
        let writers: [Pin<Box<dyn Future<Output = Verdict> + '_>>; 2] =
            [Box::pin(self.handle(one, 1)), Box::pin(self.handle(two, 2))];
        take_turns(writers, &round.turns, round.ends_after).await;
        self.bench.clock.advance(Duration::from_secs(round.wait));
    }

    /// Delivers all events again, so that none is left half-way, and works until nothing is left.
    async fn finish(&self) {
        for event in 0..self.events.len() {
            let mut receives = 0;
            while self.handle(event, 1).await != Verdict::Done {
                receives += 1;
                assert!(receives < RECEIVES, "event {event} is never done");
                self.bench.clock.advance(LONGEST_LEASE);
            }
        }
        self.bench.clock.advance(LONGEST_LEASE);
        self.bench.drain().await;
    }

    /// Each version of the document, oldest first.
    async fn history(&self) -> Vec<Trainer> {
        let mut history = vec![Trainer::default()];
        for item in self.bench.counting.documents() {
            let table: Arc<dyn Table> = Arc::new(MemoryTable::default());
            table.put(item, Expect::Absent).await.unwrap();
            let ledger = Ledger::new(
                Arc::clone(&table),
                table,
                Arc::clone(&self.bench.clock) as _,
            );
            history.push(ledger.trainer(&TrainerId::from(TRAINER)).await.unwrap());
        }
        history
    }

    async fn assert_recorded(&self) {
        let history = self.history().await;
        let verified = self.bench.ledger.verify_audit().await.unwrap();
        assert_eq!(verified.broken, []);
        let subject = Subject::Trainer(TRAINER.into());
        let chain = self.bench.ledger.audit_of(&subject).await.unwrap();
        let heads: Vec<&Head> = chain.rows.iter().map(|it| &it.head).collect();
        for named in history.iter().filter_map(|it| it.audit.as_ref()) {
            assert!(heads.contains(&named), "row {} is lost", named.seq);
        }
        let entries: Vec<_> = chain.rows.iter().flat_map(|it| &it.row.entries).collect();
        for project in ["streets", "other"].map(ProjectId::from) {
            let own = entries
                .iter()
                .filter(|it| it.project.as_ref() == Some(&project));
            let found: Vec<_> = own.map(|it| it.event).collect();
            let expected = changes(&history, &project);
            assert!(
                is_complete(&found, &expected),
                "{project}: {found:?} instead of {expected:?}"
            );
            let last = history.last().and_then(|it| it.access.get(&project));
            assert!(last.is_none_or(|it| !it.unrecorded), "{project}");
        }
    }
}

/// Polls both, each at its turns, until both are done or have ended early.
async fn take_turns<T>(
    writers: [Pin<Box<dyn Future<Output = T> + '_>>; 2],
    turns: &[bool],
    ends_after: [Option<usize>; 2],
) {
    let mut writers = writers.map(Some);
    let mut steps = [0_usize; 2];
    let all = turns
        .iter()
        .copied()
        .chain([true, false].into_iter().cycle());
    for turn in all.map(usize::from) {
        if ends_after[turn].is_some_and(|end| end <= steps[turn]) {
            writers[turn] = None;
        }
        if let Some(writer) = &mut writers[turn] {
            steps[turn] += 1;
            let polled = poll_fn(|context| Poll::Ready(writer.as_mut().poll(context)));
            if polled.await.is_ready() {
                writers[turn] = None;
            }
            tokio::task::yield_now().await;
        }
        if writers.iter().all(Option::is_none) {
            return;
        }
    }
}

/// What the versions of the document show of one project.
fn changes(history: &[Trainer], project: &ProjectId) -> Vec<AuditEvent> {
    let kind = |it: &Access| (it.state, it.trouble.is_some(), it.settled.is_some());
    let own = history.iter().map(|it| it.access.get(project));
    let own: Vec<_> = own.collect();
    let changed = own
        .windows(2)
        .filter(|pair| pair[0].map(kind) != pair[1].map(kind));
    changed
        .filter_map(|pair| Some(named(pair[1]?, pair[0])))
        .collect()
}

fn named(now: &Access, before: Option<&Access>) -> AuditEvent {
    match (now.state, now.trouble.is_some()) {
        (AccessState::Granting, true) => AuditEvent::GrantFailed,
        (AccessState::Granting, false) => AuditEvent::GrantAsked,
        (AccessState::Removing, true) => AuditEvent::Unconfirmed,
        (AccessState::Removing, false) => AuditEvent::RemovalAsked,
        (AccessState::Removed, _) => AuditEvent::RemovalProven,
        (AccessState::Granted, _) => AuditEvent::Granted,
        (state, _) => panic!("{state:?} after {before:?}"),
    }
}

/// Whether all changes are there, once and in their order. A result that was written together with the next intent is
/// in no version of the document.
fn is_complete(found: &[AuditEvent], expected: &[AuditEvent]) -> bool {
    let is_intent =
        |it: &AuditEvent| matches!(it, AuditEvent::GrantAsked | AuditEvent::RemovalAsked);
    let mut expected = expected.iter().peekable();
    for (n, event) in found.iter().enumerate() {
        let is_next = expected.next_if_eq(&event).is_some();
        let next = found.get(n + 1);
        if !is_next && (is_intent(event) || !next.is_some_and(is_intent)) {
            return false;
        }
    }
    expected.next().is_none()
}

fn round() -> impl Strategy<Value = Round> {
    let mishap = prop_oneof![
        4 => Just(None),
        1 => Just(Some(Mishap::Down)),
        1 => Just(Some(Mishap::AnswerLost)),
    ];
    let end = || prop::option::weighted(0.4, 0_usize..40);
    (
        [0_usize..8, 0_usize..8],
        prop::collection::vec(any::<bool>(), 0..60),
        [end(), end()],
        mishap,
        prop_oneof![Just(0), Just(5), Just(100)],
    )
        .prop_map(|(events, turns, ends_after, mishap, wait)| Round {
            events,
            turns,
            ends_after,
            mishap,
            wait,
        })
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a length of the test is no setting of the bridge"
)]
fn each_change_of_access_is_in_one_row() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // `PROPTEST_CASES` plays more of them.
    let config = Config::default();
    let is_set = std::env::var_os("PROPTEST_CASES").is_some();
    let config = Config {
        cases: if is_set { config.cases } else { 300 },
        failure_persistence: None,
        ..config
    };
    let rounds = prop::collection::vec(round(), 1..5);
    let checked = TestRunner::new(config).run(&rounds, |rounds| {
        let ground = Ground::new();
        let play = Play::new(&ground);
        runtime.block_on(async {
            for round in &rounds {
                play.round(round).await;
            }
            play.finish().await;
            play.assert_recorded().await;
        });
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}
