//! Delivery of one event to one endpoint.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    event::EventType,
    letter::{Channel, Letter},
    resend::Resend,
};
use crate::kit::clock::later;

/// Times of the retries, counted from the first failure.
const LADDER: [Duration; 4] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(120 * 60),
];

/// Status of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DeliveryStatus {
    /// It has attempts left.
    Pending,
    /// It was answered with a 2xx.
    Delivered,
    /// It has no attempts left, or its endpoint was disabled or deleted.
    Failed,
}

/// Result of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Outcome {
    /// It was answered.
    Status(u16),
    /// No answer in time.
    Timeout,
    /// No connection.
    Refused,
    /// The URL is of another machine: the simulator calls only its own.
    NotSent,
    /// The connection broke before an answer.
    Broken,
}

impl Outcome {
    /// The status, or the reason why there is none.
    pub(crate) fn label(self) -> String {
        match self {
            Self::Status(code) => code.to_string(),
            Self::Timeout => "no answer in time".to_owned(),
            Self::Refused => "no connection".to_owned(),
            Self::NotSent => "not sent: the sandbox calls only this machine".to_owned(),
            Self::Broken => "connection broken".to_owned(),
        }
    }

    /// Any 2xx.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }
}

/// One attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// Time of its end on the schedule: the clock plus all skipped time.
    pub at: Timestamp,
    /// Its result.
    pub outcome: Outcome,
}

/// A delivery, for inspection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// The id in `X-OpenTrain-Delivery`.
    pub id: String,
    /// The event.
    pub event_id: String,
    /// The event's type.
    pub event_type: EventType,
    /// The endpoint.
    pub endpoint_id: String,
    /// Its status.
    pub status: DeliveryStatus,
    /// All attempts, oldest first, including replays.
    pub attempts: Vec<Attempt>,
}

/// What the sandbox shows of an attempt, besides its result.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    /// `X-OpenTrain-Signature`; empty if nothing was sent.
    pub(crate) signature: String,
    pub(crate) took: Duration,
    /// The endpoint was made to fail: nothing was sent.
    pub(crate) simulated: bool,
    /// Sent again by hand.
    pub(crate) replay: Option<Resend>,
}

pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) letter: Arc<Letter>,
    pub(crate) endpoint_id: String,
    pub(crate) status: DeliveryStatus,
    pub(crate) attempts: Vec<Attempt>,
    /// One for each attempt.
    pub(crate) traces: Vec<Trace>,
    pub(crate) due: Timestamp,
    pub(crate) in_flight: bool,
    /// Failures since it was created or requeued.
    failures: usize,
    first_failure: Option<Timestamp>,
}

impl Delivery {
    pub(crate) fn new(
        id: String,
        letter: Arc<Letter>,
        endpoint_id: String,
        due: Timestamp,
    ) -> Self {
        Self {
            id,
            letter,
            endpoint_id,
            status: DeliveryStatus::Pending,
            attempts: Vec::new(),
            traces: Vec::new(),
            due,
            in_flight: false,
            failures: 0,
            first_failure: None,
        }
    }

    /// Counts a failure. Returns the time of the next attempt, if there is one.
    pub(crate) fn climb(&mut self, at: Timestamp) -> Option<Timestamp> {
        let first = *self.first_failure.get_or_insert(at);
        let rung = LADDER.get(self.failures);
        self.failures += 1;
        rung.map(|wait| later(first, *wait))
    }

    pub(crate) fn start_over(&mut self, due: Timestamp) {
        self.status = DeliveryStatus::Pending;
        self.failures = 0;
        self.first_failure = None;
        self.due = due;
    }

    /// Time of the next attempt.
    pub(crate) fn next_attempt(&self) -> Option<Timestamp> {
        let waits = self.status == DeliveryStatus::Pending && !self.in_flight;
        waits.then_some(self.due)
    }

    /// A delivery of the Platform API's kind; `None` for the Public API's.
    pub(crate) fn view(&self) -> Option<DeliveryView> {
        if self.letter.channel != Channel::Platform {
            return None;
        }
        Some(DeliveryView {
            id: self.id.clone(),
            event_id: self.letter.event_id.clone(),
            event_type: EventType::parse(self.letter.kind)?,
            endpoint_id: self.endpoint_id.clone(),
            status: self.status,
            attempts: self.attempts.clone(),
        })
    }
}
