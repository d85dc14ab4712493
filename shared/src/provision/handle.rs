//! Processes one message of the queue and returns its verdict.

use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;

use super::converge::Converged;
use super::delays::STORE_OUTAGE;
use super::request::Request;
use super::{DEADLINE, Provisioner};
use crate::ledger::{Attempt, ClaimKey, Claimed, Quarantined};
use crate::model::clock::after;
use crate::model::failure::{Cause, Failure};
use crate::model::ids::DeliveryId;
use crate::queue::{EventMessage, HandedOn, Message, Unreadable};
use crate::telemetry::Metric;

/// An event that cannot be merged for this long goes to the dead letters, with its body. So does a message about a row
/// that this version cannot read.
const HANDED_ON_FOR: Duration = Duration::from_secs(24 * 3600);

/// Time that a message which this version cannot read or process stays in the retry queue before each next try.
const UNREAD_DELAY: Duration = Duration::from_secs(5 * 60);

/// The verdict on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The work is done, or it can never be done and that is recorded.
    Done,
    /// The message returns to the queue and is hidden for this long.
    Retry(Duration),
    /// The message was not tried. It leaves its group for this long, and its receive count starts anew.
    PutBack(Duration),
    /// The message moves to the dead letters, with the reason.
    Dead(String),
}

/// The verdict on a message for which a newer version is needed: it is put back until it is `kept` old, then it goes to
/// the dead letters. A clock that is wrong ends the wait, too.
pub(super) fn unread(
    reason: String,
    sent_at: Timestamp,
    kept: Duration,
    now: Timestamp,
) -> Verdict {
    match now.duration_since(sent_at).unsigned_abs() < kept {
        true => Verdict::PutBack(UNREAD_DELAY),
        false => Verdict::Dead(reason),
    }
}

impl Provisioner {
    /// Processes one message, which was sent at this time.
    pub async fn handle(
        &self,
        message: &Message,
        attempt: &Attempt,
        sent_at: Timestamp,
    ) -> Verdict {
        let work = async {
            match message {
                Message::Event(message) => self.event_message(message, attempt).await,
                Message::Unreadable(unreadable) => {
                    self.record_unreadable(unreadable).await?;
                    Ok(Verdict::Done)
                }
                Message::Converge {
                    trainer,
                    recheck,
                    wake_up,
                } => {
                    let request = Request {
                        recheck: *recheck,
                        wake_up: *wake_up,
                        ..Request::default()
                    };
                    match self.converge(trainer, &request, attempt).await {
                        // The document does not fit. The reconciler sends the request again.
                        Err(failure) if !failure.is_of_store => {
                            Metric::OperatorNeeded.count();
                            tracing::error!(trainer.id = %trainer, reason = %failure, "access could not be converged");
                            Ok(Verdict::Done)
                        }
                        converged => converged.map(|_| Verdict::Done),
                    }
                }
                Message::Stated(statement) => self.stated_message(statement, attempt).await,
            }
        };
        // Boxed: its type is too deep for callers that are futures themselves.
        let done = tokio::time::timeout(DEADLINE, work.boxed()).await;
        let done = done.unwrap_or_else(|_| {
            Err(Failure::transient(
                "it took over 60 s; the next attempt continues it",
            ))
        });
        done.unwrap_or_else(|failure| match failure.is_unreadable {
            true => self.put_back(&failure, attempt, sent_at),
            false => self.retry(&failure, attempt),
        })
    }

    /// Processes an event. After a failure of a store it is received again, and a permanent failure quarantines it.
    /// After any other failure it goes to the retry queue, so that it delays no message behind it.
    async fn event_message(
        &self,
        message: &EventMessage,
        attempt: &Attempt,
    ) -> Result<Verdict, Failure> {
        let trainer = message.event.trainer();
        let processed = match trainer.filter(|_| message.event.is_contract()) {
            Some(trainer) => self.trainer_event(message, &trainer, attempt).await,
            None => self.claimed(message, attempt).await,
        };
        match processed {
            Ok(Converged::Done) => {
                self.tell_applied(message);
                Ok(Verdict::Done)
            }
            Ok(Converged::Repeat) => {
                Metric::Duplicates.count();
                let event = &message.event;
                tracing::info!(event.id = %event.id, event.kind = %event.kind, "a repeat: nothing to do");
                Ok(Verdict::Done)
            }
            Err(failure) if failure.is_of_store => Err(failure),
            Err(failure) if failure.cause == Cause::Wrong => {
                self.record_aside(message, &failure).await?;
                Ok(Verdict::Done)
            }
            Err(failure) => self.hand_on(message, &failure).await,
        }
    }

    /// Processes an event that is not merged into a trainer's document, unless it was done before. An event that
    /// failed is not claimed for good: a redelivery of it must count.
    async fn claimed(
        &self,
        message: &EventMessage,
        attempt: &Attempt,
    ) -> Result<Converged, Failure> {
        let event = &message.event;
        let key = ClaimKey {
            connection: message.connection.clone(),
            event: event.id.clone(),
            link: event.link(),
            created_at: event.created_at,
        };
        match self.ledger.claim(&key, attempt, DEADLINE).await? {
            Claimed::Ours => {}
            Claimed::Done => return Ok(Converged::Repeat),
            Claimed::Theirs(until) => {
                let after = Duration::try_from(until.duration_since(self.clock.now())).ok();
                return Err(Failure {
                    after,
                    ..Failure::transient("another worker has this event")
                });
            }
        }
        match self.event(message).await {
            Ok(()) => {
                self.complete(&key, attempt).await?;
                Ok(Converged::Done)
            }
            Err(failure) => {
                self.give_back(&key, attempt).await?;
                Err(failure)
            }
        }
    }

    /// Sends an event to the retry queue. After a day it goes to the dead letters, with its body.
    async fn hand_on(&self, message: &EventMessage, failure: &Failure) -> Result<Verdict, Failure> {
        let now = self.clock.now();
        let before = message.handed_on.unwrap_or(HandedOn {
            since: now,
            tries: 0,
        });
        if (self.delays).failed_for(HANDED_ON_FOR, before.since, before.tries, now) {
            return Ok(Verdict::Dead(failure.reason.clone()));
        }
        let tried = u32::from(!failure.is_paused);
        let tries = before.tries.saturating_add(tried);
        let delay = self.delays.after(tries, failure.after);
        let again = EventMessage {
            handed_on: Some(HandedOn { tries, ..before }),
            ..message.clone()
        };
        let again = Message::Event(again).encode();
        self.queue.send_later(again, after(now, delay)).await?;
        self.tell_retried(failure, delay, tries);
        Ok(Verdict::Done)
    }

    fn tell_applied(&self, message: &EventMessage) {
        Metric::Applied.count();
        let took = self.clock.now().duration_since(message.received_at);
        Metric::ConvergeLatency.took(Duration::try_from(took).unwrap_or_default());
    }

    async fn complete(&self, key: &ClaimKey, attempt: &Attempt) -> Result<(), Failure> {
        if !self.ledger.complete(key, attempt).await? {
            // The lease had ended and another worker holds the claim: that worker completes it.
            tracing::warn!(event.id = %key.event, "the claim was lost before the work was done");
        }
        Ok(())
    }

    async fn give_back(&self, key: &ClaimKey, attempt: &Attempt) -> Result<(), Failure> {
        self.ledger.release(key, attempt).await?;
        Ok(())
    }

    async fn record_aside(&self, message: &EventMessage, failure: &Failure) -> Result<(), Failure> {
        let event = &message.event;
        tracing::error!(event.id = %event.id, event.kind = %event.kind, reason = %failure, "an event was quarantined");
        let row = Quarantined {
            delivery: message.delivery.clone(),
            event: Some(event.id.clone()),
            kind: Some(event.kind.clone()),
            reason: failure.reason.clone(),
            at: message.received_at,
        };
        let name = event.link().map_or_else(
            || event.id.to_string(),
            |link| format!("{}-{link}", event.id),
        );
        Ok(self
            .ledger
            .set_aside(&message.connection, &name, &row)
            .await?)
    }

    async fn record_unreadable(&self, unreadable: &Unreadable) -> Result<(), Failure> {
        tracing::error!(reason = %unreadable.reason, "a delivery was quarantined: it is signed, but can't be read");
        let row = Quarantined {
            delivery: unreadable.delivery.clone(),
            event: None,
            kind: None,
            reason: unreadable.reason.clone(),
            at: unreadable.received_at,
        };
        let name = unreadable
            .delivery
            .as_ref()
            .map_or(unreadable.sha256.as_str(), DeliveryId::as_str);
        Ok(self
            .ledger
            .set_aside(&unreadable.connection, name, &row)
            .await?)
    }

    /// Puts a message back that needs a row which this version cannot read.
    fn put_back(&self, failure: &Failure, attempt: &Attempt, sent_at: Timestamp) -> Verdict {
        let (kept, now) = (HANDED_ON_FOR, self.clock.now());
        let verdict = unread(failure.reason.clone(), sent_at, kept, now);
        if let Verdict::PutBack(delay) = verdict {
            self.tell_retried(failure, delay, attempt.receive);
        }
        verdict
    }

    /// Makes the message visible again later, after a failure of a store or a timeout.
    fn retry(&self, failure: &Failure, attempt: &Attempt) -> Verdict {
        let delay = self.delays.after(attempt.receive, failure.after);
        let failure = match self.delays.last_at_least(attempt.receive, STORE_OUTAGE) {
            true => &Failure::operator(failure.reason.clone()),
            false => failure,
        };
        self.tell_retried(failure, delay, attempt.receive);
        Verdict::Retry(delay)
    }

    fn tell_retried(&self, failure: &Failure, delay: Duration, tries: u32) {
        let delay_s = delay.as_secs();
        Metric::Retried.count();
        if failure.cause == Cause::Operator {
            Metric::OperatorNeeded.count();
            tracing::error!(reason = %failure, delay_s, tries, "an operator is needed; it is retried meanwhile");
        } else {
            tracing::warn!(reason = %failure, delay_s, tries, "it is retried later");
        }
    }
}
