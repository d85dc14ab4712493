//! The model: a list of messages, and no cleverness.

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
    Stored,
    Deleted,
    Dead,
}

struct Letter {
    group: u8,
    /// The queue's name for it.
    id: String,
    deduplication: Option<u8>,
    sent_at: u64,
    count: u32,
    visible_at: u64,
    fate: Fate,
}

/// Seconds since the start, and all messages ever stored; a message's body is its place here.
pub(super) struct Model {
    now: u64,
    max_receives: u32,
    letters: Vec<Letter>,
}

impl Model {
    pub(super) fn new(max_receives: u32) -> Self {
        Self {
            now: 0,
            max_receives,
            letters: Vec::new(),
        }
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.now += seconds;
    }

    /// The body to send, and the message that makes it a duplicate.
    pub(super) fn send(&mut self, group: u8, deduplication: Option<u8>) -> (usize, Option<usize>) {
        let twin = self.letters.iter().position(|letter| {
            let same = deduplication.is_some() && letter.deduplication == deduplication;
            same && self.now < letter.sent_at + 300
        });
        let body = self.letters.len();
        if twin.is_none() {
            let (sent_at, id) = (self.now, String::new());
            let (count, visible_at, fate) = (0, 0, Fate::Stored);
            let letter = Letter {
                group,
                id,
                deduplication,
                sent_at,
                count,
                visible_at,
                fate,
            };
            self.letters.push(letter);
        }
        (body, twin)
    }

    /// Takes note of the receipt.
    pub(super) fn name(&mut self, body: usize, twin: Option<usize>, id: &str) {
        match twin {
            Some(twin) => assert_eq!(self.letters[twin].id, id, "a duplicate's receipt"),
            None => self.letters[body].id = id.to_owned(),
        }
    }

    /// Checks what was received, and takes note of it.
    pub(super) fn receive(&mut self, batch: &[Received], max: usize, hidden: u64) -> Vec<Ticket> {
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
        assert_eq!(message.message_id, letter.id);
        Ticket {
            message: message.clone(),
            body,
            count: letter.count,
        }
    }

    /// By group that is not locked: what may be received, in order.
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

    fn stored(&self, group: u8) -> impl Iterator<Item = usize> {
        let letters = self.letters.iter().enumerate();
        letters
            .filter(move |(_, letter)| letter.group == group && letter.fate == Fate::Stored)
            .map(|(body, _)| body)
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

    /// Whether the handle still stands for its receive.
    pub(super) fn is_good(&self, ticket: &Ticket) -> bool {
        let letter = &self.letters[ticket.body];
        letter.fate == Fate::Stored && letter.count == ticket.count && self.is_hidden(ticket.body)
    }

    pub(super) fn act(&mut self, ticket: &Ticket, act: Act) {
        let letter = &mut self.letters[ticket.body];
        match act {
            Act::Delete => letter.fate = Fate::Deleted,
            Act::Change(hidden) => letter.visible_at = self.now + hidden,
            Act::Bury => letter.fate = Fate::Dead,
        }
    }

    /// Everything was deleted or given up: `dead` holds all of the latter, and nothing else.
    pub(super) fn assert_finished(&self, mut dead: Vec<String>) {
        let mut expected = Vec::new();
        for (body, letter) in self.letters.iter().enumerate() {
            match letter.fate {
                Fate::Deleted => {}
                Fate::Dead => expected.push(letter.id.clone()),
                Fate::Stored => {
                    assert!(
                        self.is_exhausted(body),
                        "{body} was neither deleted nor given up"
                    );
                    expected.push(letter.id.clone());
                }
            }
        }
        expected.sort();
        dead.sort();
        assert_eq!(dead, expected, "the dead letters");
    }
}
