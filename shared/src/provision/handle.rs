//! One message of the queue → what becomes of it.

use std::time::Duration;

use super::{Failure, Provisioner};
use crate::ids::DeliveryId;
use crate::ledger::{Attempt, Cause, ClaimKey, Claimed, SetAside};
use crate::queue::{EventMessage, Message, Unreadable};
use crate::telemetry::Metric;

/// The longest that one message may take. The queue's visibility time-out must be longer, and so must
/// the claim's lease not be: both end with the attempt.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// How long a message is hidden after it failed: doubled each time, by how often it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delays {
    /// After the first receive.
    pub first: Duration,
    /// Never more than this, whatever the other side asks for.
    pub longest: Duration,
}

impl Default for Delays {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            longest: Duration::from_secs(15 * 60),
        }
    }
}

impl Delays {
    /// Longer than by the count only when the other side asks for it.
    fn after(self, receive: u32, asked: Option<Duration>) -> Duration {
        let doublings = receive.saturating_sub(1).min(16);
        let delay = self.first.saturating_mul(2_u32.pow(doublings));
        delay.max(asked.unwrap_or_default()).min(self.longest)
    }
}

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its work is done, or nothing can ever be done about it, and that is noted.
    Done,
    /// It goes back to the queue and is hidden for this long.
    Retry(Duration),
    /// It goes to the dead letters, with the reason.
    Dead(String),
}

impl Provisioner {
    /// Works one message off.
    pub async fn handle(&self, message: &Message, attempt: &Attempt) -> Verdict {
        let work = async {
            match message {
                Message::Event(message) => self.claimed(message, attempt).await,
                Message::Unreadable(unreadable) => self.record_unreadable(unreadable).await,
                Message::Converge { trainer, recheck } => self.converge(trainer, *recheck).await,
            }
        };
        let done = tokio::time::timeout(DEADLINE, work).await;
        let done = done.unwrap_or_else(|_| {
            Err(Failure::transient(
                "it took over 60 s; it goes on where it stopped",
            ))
        });
        match done {
            Ok(()) => Verdict::Done,
            Err(failure) => self.retry(&failure, attempt),
        }
    }

    /// Works an event off, unless it was done before.
    async fn claimed(&self, message: &EventMessage, attempt: &Attempt) -> Result<(), Failure> {
        let event = &message.event;
        let key = ClaimKey {
            connection: message.connection.clone(),
            event: event.id.clone(),
            link: event.link(),
        };
        match self.ledger.claim(&key, attempt, DEADLINE).await? {
            Claimed::Ours => {}
            Claimed::Done => {
                Metric::Duplicates.count();
                tracing::info!(event.id = %event.id, event.kind = %event.kind, "a repeat: nothing to do");
                return Ok(());
            }
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
                self.tell_applied(message);
                Ok(())
            }
            Err(failure) if failure.cause == Cause::Wrong => {
                self.record_aside(message, &failure).await?;
                // Not claimed for good: once a newer bridge understands it, a redelivery must count.
                self.give_back(&key, attempt).await
            }
            Err(failure) => {
                self.give_back(&key, attempt).await?;
                Err(failure)
            }
        }
    }

    fn tell_applied(&self, message: &EventMessage) {
        Metric::Applied.count();
        let took = self.clock.now().duration_since(message.received_at);
        Metric::ConvergeLatency.took(Duration::try_from(took).unwrap_or_default());
    }

    async fn complete(&self, key: &ClaimKey, attempt: &Attempt) -> Result<(), Failure> {
        if !self.ledger.complete(key, attempt).await? {
            // Our lease was over and somebody else has the event: it is theirs to finish.
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
        tracing::error!(event.id = %event.id, event.kind = %event.kind, reason = %failure, "an event was set aside");
        let row = SetAside {
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
        tracing::error!(reason = %unreadable.reason, "a delivery was set aside: it is signed, and can't be read");
        let row = SetAside {
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

    fn retry(&self, failure: &Failure, attempt: &Attempt) -> Verdict {
        let delay = self.delays.after(attempt.receive, failure.after);
        let delay_s = delay.as_secs();
        Metric::Retried.count();
        match failure.cause {
            Cause::Operator => {
                Metric::OperatorNeeded.count();
                tracing::error!(reason = %failure, delay_s, receive = attempt.receive, "an operator is needed; tried again meanwhile");
            }
            Cause::Transient | Cause::Wrong => {
                tracing::warn!(reason = %failure, delay_s, receive = attempt.receive, "tried again later");
            }
        }
        Verdict::Retry(delay)
    }
}
