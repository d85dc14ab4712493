//! The model: a plain list of messages.

use super::Act;
use crate::queue::{MAX_BATCH, Received};

/// One receive of one message.
#[derive(Clone)]
pub(super) struct Ticket {
    pub(super) message: Received,
    body: usize,
    count: u32,
}

#[derive(PartialEq)]
enum Fate {
    /// In the retry queue until then.
    Waiting(u64),
    Stored,
    Deleted,
    Dead,
}

struct Letter {
    group: u8,
    /// The queue's id of the message; none before a message of the retry queue is first received.
    id: Option<String>,
    /// The id in its receipt, which a duplicate gets too.
    receipt: Option<String>,
    deduplication: Option<u8>,
    sent_at: u64,
    /// Its place in the order of its group, or among those that are due at the same time.
    joined: usize,
    count: u32,
    visible_at: u64,
    fate: Fate,
}

/// Seconds since the start, and all messages ever stored. A message's body is its index here.
pub(super) struct Model {
    now: u64,
    max_receives: u32,
    letters: Vec<Letter>,
    /// How many messages have joined a group so far.
    joined: usize,
}

impl Model {
    pub(super) fn new(max_receives: u32) -> Self {
        Self {
            now: 0,
            max_receives,
            letters: Vec::new(),
            joined: 0,
        }
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.now += seconds;
    }

    /// The body to send, and the message that makes it a duplicate.
    pub(super) fn send(&mut self, group: u8, deduplication: Option<u8>) -> (usize, Option<usize>) {
        let twin = self.letters.iter().position(|letter| {
            // A queue may or may not compare ids between groups, because an event has one group.
            let same = letter.group == group
                && deduplication.is_some()
                && letter.deduplication == deduplication;
            same && self.now < letter.sent_at + 300
        });
        let body = self.letters.len();
        if twin.is_none() {
            let joined = self.next_place();
            self.store(group, deduplication, Fate::Stored, joined);
        }
        (body, twin)
    }

    /// The body of a message for the retry queue.
    pub(super) fn send_later(&mut self, group: u8, delay: u64) -> usize {
        let due = self.now + delay;
        let order = self.next_place();
        self.store(group, None, Fate::Waiting(due), order);
        self.letters.len() - 1
    }

    fn store(&mut self, group: u8, deduplication: Option<u8>, fate: Fate, joined: usize) {
        self.letters.push(Letter {
            group,
            id: None,
            receipt: None,
            deduplication,
            sent_at: self.now,
            joined,
            count: 0,
            visible_at: 0,
            fate,
        });
    }

    fn next_place(&mut self) -> usize {
        self.joined += 1;
        self.joined
    }

    /// A receive moves what is due into its group first, in the order of the due times.
    fn join_due(&mut self) {
        let mut due: Vec<(u64, usize, usize)> = Vec::new();
        for (body, letter) in self.letters.iter().enumerate() {
            if let Fate::Waiting(at) = letter.fate
                && at <= self.now
            {
                due.push((at, letter.joined, body));
            }
        }
        due.sort_unstable();
        for (.., body) in due {
            let joined = self.next_place();
            let letter = &mut self.letters[body];
            (letter.fate, letter.joined) = (Fate::Stored, joined);
        }
    }

    /// Records the receipt.
    pub(super) fn name(&mut self, body: usize, twin: Option<usize>, id: &str) {
        match twin {
            Some(twin) => assert_eq!(
                self.letters[twin].receipt.as_deref(),
                Some(id),
                "a duplicate's receipt"
            ),
            None => {
                let letter = &mut self.letters[body];
                (letter.id, letter.receipt) = (Some(id.to_owned()), Some(id.to_owned()));
            }
        }
    }

    /// Checks what was received, and records it.
    pub(super) fn receive(&mut self, batch: &[Received], max: usize, hidden: u64) -> Vec<Ticket> {
        self.join_due();
        let bodies: Vec<usize> = batch
            .iter()
            .map(|message| message.body.parse().unwrap())
            .collect();
        let receivable = self.receivable();
        for expected in &receivable {
            let got: Vec<usize> = bodies
                .iter()
                .copied()
                .filter(|body| expected.contains(body))
                .collect();
            assert!(
                expected.starts_with(&got),
                "{got:?} of {expected:?} is out of order"
            );
        }
        let known = receivable.concat();
        assert!(
            bodies.iter().all(|body| known.contains(body)),
            "{bodies:?}, not of {known:?}"
        );
        assert_eq!(
            bodies.len(),
            known.len().min(max.min(MAX_BATCH)),
            "the batch's size"
        );
        batch
            .iter()
            .zip(bodies)
            .map(|(message, body)| self.take(message, body, hidden))
            .collect()
    }

    fn take(&mut self, message: &Received, body: usize, hidden: u64) -> Ticket {
        let letter = &mut self.letters[body];
        letter.count += 1;
        letter.visible_at = self.now + hidden;
        assert_eq!(message.receive_count, letter.count);
        let id = letter.id.get_or_insert_with(|| message.message_id.clone());
        assert_eq!(message.message_id, *id);
        Ticket {
            message: message.clone(),
            body,
            count: letter.count,
        }
    }

    /// The messages that may be received, in order, for each group that is not locked.
    fn receivable(&self) -> Vec<Vec<usize>> {
        let groups = 0..=u8::MAX;
        let free = groups.filter(|group| !self.stored(*group).any(|body| self.is_hidden(body)));
        free.map(|group| {
            self.stored(group)
                .filter(|body| !self.is_exhausted(*body))
                .collect::<Vec<_>>()
        })
        .filter(|bodies| !bodies.is_empty())
        .collect()
    }

    /// In the order in which they joined.
    fn stored(&self, group: u8) -> impl Iterator<Item = usize> {
        let letters = self.letters.iter().enumerate();
        let mut bodies: Vec<usize> = letters
            .filter(|(_, letter)| letter.group == group && letter.fate == Fate::Stored)
            .map(|(body, _)| body)
            .collect();
        bodies.sort_unstable_by_key(|body| self.letters[*body].joined);
        bodies.into_iter()
    }

    fn is_hidden(&self, body: usize) -> bool {
        self.letters[body].visible_at > self.now
    }

    fn is_exhausted(&self, body: usize) -> bool {
        self.letters[body].count >= self.max_receives
    }

    pub(super) fn in_flight(&self) -> u64 {
        let stored = self
            .letters
            .iter()
            .filter(|letter| letter.fate == Fate::Stored);
        stored.filter(|letter| letter.visible_at > self.now).count() as u64
    }

    pub(super) fn retrying(&self) -> u64 {
        let waits = |letter: &&Letter| matches!(letter.fate, Fate::Waiting(_));
        self.letters.iter().filter(waits).count() as u64
    }

    /// Whether the handle is still valid.
    pub(super) fn is_good(&self, ticket: &Ticket) -> bool {
        let letter = &self.letters[ticket.body];
        // A message that was put back is another message to the queue.
        let same = letter.id.as_ref() == Some(&ticket.message.message_id);
        let stored = letter.fate == Fate::Stored;
        stored && same && letter.count == ticket.count && self.is_hidden(ticket.body)
    }

    /// Whether the message has left the queue: deleted, given up, or put back as another message.
    pub(super) fn is_gone(&self, ticket: &Ticket) -> bool {
        let letter = &self.letters[ticket.body];
        let same = letter.id.as_ref() == Some(&ticket.message.message_id);
        letter.fate != Fate::Stored || !same
    }

    pub(super) fn act(&mut self, ticket: &Ticket, act: Act) {
        let letter = &mut self.letters[ticket.body];
        match act {
            Act::Delete => letter.fate = Fate::Deleted,
            Act::Change(hidden) => letter.visible_at = self.now + hidden,
            Act::Bury => letter.fate = Fate::Dead,
            Act::PutBack(delay) => {
                let order = self.next_place();
                let letter = &mut self.letters[ticket.body];
                letter.fate = Fate::Waiting(self.now + delay);
                letter.joined = order;
                (letter.id, letter.count, letter.visible_at) = (None, 0, 0);
            }
        }
    }

    /// Asserts that all messages were deleted or given up, and that `dead` contains exactly those that were given up.
    pub(super) fn assert_finished(&self, mut dead: Vec<String>) {
        let mut expected = Vec::new();
        for (body, letter) in self.letters.iter().enumerate() {
            match letter.fate {
                Fate::Deleted => {}
                Fate::Waiting(_) => panic!("{body} is still in the retry queue"),
                Fate::Dead => expected.extend(letter.id.clone()),
                Fate::Stored => {
                    assert!(
                        self.is_exhausted(body),
                        "{body} was neither deleted nor given up"
                    );
                    expected.extend(letter.id.clone());
                }
            }
        }
        expected.sort();
        dead.sort();
        assert_eq!(dead, expected, "the dead letters");
    }
}
