//! Random work on a queue, compared with a simple model of it.
//!
//! The model knows to the second which messages are visible. It checks that no group is in two batches at once, the
//! order within a group, receive counts, valid handles and deduplication. In the end every message must have been
//! deleted or become a dead letter, once.

mod reference;

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use self::reference::{Model, Ticket};
use super::Subject;
use crate::model::clock::after;
use crate::queue::{DeduplicationId, GroupId, Limits, Outgoing, Queue, QueueError};

const MAX_RECEIVES: u32 = 3;
const LONGEST_HIDDEN: u64 = 9;

/// One call, or the passing of time.
#[derive(Debug, Clone)]
enum Step {
    Send {
        group: u8,
        deduplication: Option<u8>,
    },
    SendLater {
        group: u8,
        delay: u64,
    },
    Receive {
        max: usize,
        hidden: u64,
    },
    Delete(prop::sample::Index),
    Change(prop::sample::Index, u64),
    Bury(prop::sample::Index),
    PutBack(prop::sample::Index, u64),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let ticket = any::<prop::sample::Index>;
    prop_oneof![
        6 => (0..4_u8, prop::option::of(0..5_u8))
            .prop_map(|(group, deduplication)| Step::Send { group, deduplication }),
        2 => (0..4_u8, 0..=LONGEST_HIDDEN)
            .prop_map(|(group, delay)| Step::SendLater { group, delay }),
        6 => (1..=10_usize, 1..=LONGEST_HIDDEN)
            .prop_map(|(max, hidden)| Step::Receive { max, hidden }),
        4 => ticket().prop_map(Step::Delete),
        3 => (ticket(), 0..=LONGEST_HIDDEN).prop_map(|(ticket, hidden)| Step::Change(ticket, hidden)),
        1 => ticket().prop_map(Step::Bury),
        2 => (ticket(), 0..=LONGEST_HIDDEN).prop_map(|(ticket, delay)| Step::PutBack(ticket, delay)),
        3 => prop_oneof![8 => 1..=LONGEST_HIDDEN, 1 => Just(301_u64)].prop_map(Step::Pass),
    ]
}

/// Tries `cases` random sequences of steps; makes a runtime of its own.
///
/// # Panics
/// With the shortest sequence found on which queue and model disagree.
pub fn check(subject: &dyn Subject, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = prop::collection::vec(step(), 1..60);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(play(subject, &steps));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("the queue is not as its model: {error}");
    }
}

async fn play(subject: &dyn Subject, steps: &[Step]) {
    let queue = subject
        .queue(Limits {
            max_receives: MAX_RECEIVES,
        })
        .await;
    let mut bench = Bench {
        subject,
        queue,
        model: Model::new(MAX_RECEIVES),
        tickets: Vec::new(),
    };
    for step in steps {
        bench.play(step).await;
        let depth = bench.queue.depth().await.unwrap();
        assert_eq!(depth.in_flight, bench.model.in_flight());
        assert_eq!(depth.retrying, bench.model.retrying());
    }
    bench.finish().await;
}

/// The queue and the model, and every handle ever received.
struct Bench<'a> {
    subject: &'a dyn Subject,
    queue: Arc<dyn Queue>,
    model: Model,
    tickets: Vec<Ticket>,
}

impl Bench<'_> {
    async fn play(&mut self, step: &Step) {
        match step {
            Step::Send {
                group,
                deduplication,
            } => self.send(*group, *deduplication).await,
            Step::SendLater { group, delay } => self.send_later(*group, *delay).await,
            Step::Receive { max, hidden } => _ = self.receive(*max, *hidden).await,
            Step::Delete(index) => self.with_ticket(index, Act::Delete).await,
            Step::Change(index, hidden) => self.with_ticket(index, Act::Change(*hidden)).await,
            Step::Bury(index) => self.with_ticket(index, Act::Bury).await,
            Step::PutBack(index, delay) => self.with_ticket(index, Act::PutBack(*delay)).await,
            Step::Pass(seconds) => self.pass(*seconds).await,
        }
    }

    async fn send(&mut self, group: u8, deduplication: Option<u8>) {
        let (body, twin) = self.model.send(group, deduplication);
        let message = Outgoing {
            body: body.to_string(),
            group: GroupId::new("group", &group.to_string()),
            deduplication: match deduplication {
                Some(id) => DeduplicationId::of(&["shared", &group.to_string(), &id.to_string()]),
                None => DeduplicationId::of(&["own", &body.to_string()]),
            },
        };
        let receipt = self.queue.send(message).await.unwrap();
        self.model.name(body, twin, receipt.message_id());
    }

    async fn send_later(&mut self, group: u8, delay: u64) {
        let body = self.model.send_later(group, delay);
        let message = Outgoing {
            body: body.to_string(),
            group: GroupId::new("group", &group.to_string()),
            deduplication: DeduplicationId::of(&["later"]),
        };
        let due = after(self.subject.now(), Duration::from_secs(delay));
        self.queue.send_later(message, due).await.unwrap();
    }

    async fn receive(&mut self, max: usize, hidden: u64) -> Vec<Ticket> {
        let time_out = Duration::from_secs(hidden);
        self.subject.settle().await;
        let batch = self
            .queue
            .receive(max, time_out, Duration::ZERO)
            .await
            .unwrap();
        let tickets = self.model.receive(&batch, max, hidden);
        self.tickets.extend(tickets.iter().cloned());
        tickets
    }

    async fn with_ticket(&mut self, index: &prop::sample::Index, act: Act) {
        if self.tickets.is_empty() {
            return;
        }
        let ticket = index.get(&self.tickets).clone();
        self.act(&ticket, act).await;
    }

    async fn act(&mut self, ticket: &Ticket, act: Act) {
        let outcome = match act {
            Act::Delete => self.queue.delete(&ticket.message.handle).await,
            Act::Change(hidden) => {
                let hidden = Duration::from_secs(hidden);
                self.queue
                    .change_visibility(&ticket.message.handle, hidden)
                    .await
            }
            Act::Bury => self.queue.dead_letter(&ticket.message, "on demand").await,
            Act::PutBack(delay) => {
                let due = after(self.subject.now(), Duration::from_secs(delay));
                self.queue.put_back(&ticket.message, due).await
            }
        };
        let good = match outcome {
            Ok(()) => true,
            Err(QueueError::Expired) => false,
            Err(error) => panic!("{error}"),
        };
        let expected = self.model.is_good(ticket);
        // A queue may accept the deletion of a message that is gone.
        let harmless = matches!(act, Act::Delete) && self.model.is_gone(ticket);
        assert!(good == expected || harmless, "whether the handle is good");
        if expected {
            self.model.act(ticket, act);
        }
    }

    async fn pass(&mut self, seconds: u64) {
        self.subject.pass(Duration::from_secs(seconds)).await;
        self.model.pass(seconds);
    }

    /// Processes all messages: none may be lost, and none may be left.
    async fn finish(mut self) {
        self.pass(LONGEST_HIDDEN).await;
        loop {
            let batch = self.receive(10, 1).await;
            if batch.is_empty() {
                break;
            }
            for ticket in batch {
                self.act(&ticket, Act::Delete).await;
            }
        }
        let dead = self.queue.dead_letters(usize::MAX).await.unwrap();
        self.model
            .assert_finished(dead.into_iter().map(|letter| letter.message_id).collect());
    }
}

/// What is done with a received message.
#[derive(Clone, Copy)]
enum Act {
    Delete,
    Change(u64),
    Bury,
    PutBack(u64),
}
