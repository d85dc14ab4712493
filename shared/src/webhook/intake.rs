//! Intake: a signed delivery is stored in the queue, and only then acknowledged.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::Refused;
use super::delivery::{Accepted, Admitted, Delivery, Head};
use super::journal::{Entry, Journal};
use super::refusals::Refusals;
use crate::connection::{Connection, Connections};
use crate::model::ConnectionName;
use crate::model::clock::Clock;
use crate::model::event::{exceeded, read};
use crate::model::ids::DeliveryId;
use crate::model::signature::{SignatureFault, SignatureHeader, VerifiedBody};
use crate::queue::{EventMessage, Message, Queue, Receipt, Unreadable};
use crate::telemetry::Metric;

/// The largest body that is accepted, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// Maximum time for one delivery, from its head to the answer. OpenTrain waits 10 s; our answer must be sent before
/// that, even when the body arrives slowly or the stores are slow.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// Verifies deliveries and stores them.
pub struct Intake {
    connections: Connections,
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    patience: Duration,
    refusals: Refusals,
    journal: Option<Arc<Journal>>,
}

impl Intake {
    /// Intake for these connections into this queue.
    pub fn new(connections: Connections, queue: Arc<dyn Queue>, clock: Arc<dyn Clock>) -> Self {
        Self {
            connections,
            queue,
            clock,
            patience: ANSWER_WITHIN,
            refusals: Refusals::default(),
            journal: None,
        }
    }

    /// Sets the maximum time for one delivery, instead of [`ANSWER_WITHIN`].
    #[must_use]
    pub fn waiting(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Also records each request in this journal.
    #[must_use]
    pub fn recording(self, journal: Arc<Journal>) -> Self {
        Self {
            journal: Some(journal),
            ..self
        }
    }

    /// Refused requests that are not logged yet. A server logs them once a second; elsewhere the next refusal logs
    /// them.
    pub fn refusals(&self) -> &Refusals {
        &self.refusals
    }

    /// Verifies and stores one delivery whose body is already read.
    ///
    /// # Errors
    /// The reason of the refusal, which is also counted.
    pub async fn take(&self, delivery: Delivery<'_>) -> Result<Accepted, Refused> {
        let Delivery {
            connection,
            signature,
            delivery,
            body,
        } = delivery;
        let head = Head {
            connection,
            signature,
            delivery,
        };
        let admitted = self.admit(head).await?;
        self.receive(&admitted, body).await
    }

    /// Checks a head before its body is read. Refuses an unknown connection or an unreadable signature header at once.
    ///
    /// # Errors
    /// The reason of the refusal, which is also counted.
    pub async fn admit(&self, head: Head<'_>) -> Result<Admitted, Refused> {
        let begun = Instant::now();
        let deadline = begun + self.patience;
        let connection = self.connection(head.connection);
        let connection = self.in_time(deadline, connection).await;
        let connection = connection.map_err(|reason| self.refuse(reason, None))?;
        let signature = head.signature.and_then(SignatureHeader::parse);
        let Some(signature) = signature else {
            let reason = Refused::Signature(SignatureFault::Malformed);
            return Err(self.refuse(reason, Some(&connection.name)));
        };
        let delivery = head.delivery.filter(|id| (1..=200).contains(&id.len()));
        Ok(Admitted {
            connection,
            signature,
            delivery: delivery.map(DeliveryId::new),
            begun,
            deadline,
        })
    }

    /// Verifies the body of an admitted head and stores the delivery. It is in the queue when this returns.
    ///
    /// # Errors
    /// The reason of the refusal, which is also counted.
    pub async fn receive(&self, admitted: &Admitted, body: &[u8]) -> Result<Accepted, Refused> {
        let stored = self.verify_and_send(admitted, body);
        let stored = self.in_time(admitted.deadline, stored).await;
        let (message, receipt) =
            stored.map_err(|reason| self.refuse(reason, Some(&admitted.connection.name)))?;
        Metric::Accepted.count();
        let took = admitted.begun.elapsed();
        log(&message, took);
        if let Some(journal) = &self.journal
            && let Some(entry) = Entry::of(&message, self.clock.now(), took)
        {
            journal.accepted(entry);
        }
        Ok(Accepted {
            delivery: admitted.delivery.clone(),
            receipt,
        })
    }

    /// Counts a refusal, and returns the reason. Each answer that is not a 2xx goes through here.
    pub fn refuse(&self, reason: Refused, connection: Option<&ConnectionName>) -> Refused {
        self.refusals.count(reason, connection);
        if let Some(journal) = &self.journal {
            journal.refused(reason, connection, self.clock.now());
        }
        reason
    }

    /// Like [`refuse`](Self::refuse), for the body of an admitted head.
    pub fn refuse_body(&self, admitted: &Admitted, reason: Refused) -> Refused {
        self.refuse(reason, Some(&admitted.connection.name))
    }

    async fn in_time<T>(
        &self,
        deadline: Instant,
        step: impl Future<Output = Result<T, Refused>>,
    ) -> Result<T, Refused> {
        let done = tokio::time::timeout_at(deadline, step).await;
        done.unwrap_or_else(|_| {
            let limit_s = self.patience.as_secs();
            tracing::error!(
                limit_s,
                "a delivery was not stored in time; OpenTrain will send it again"
            );
            Err(Refused::Unavailable)
        })
    }

    async fn verify_and_send(
        &self,
        admitted: &Admitted,
        body: &[u8],
    ) -> Result<(Message, Receipt), Refused> {
        if body.len() > MAX_BODY {
            return Err(Refused::TooLarge);
        }
        let body = self.verify(admitted, body).await?;
        let connection = admitted.connection.name.clone();
        let message = self.read(&body, connection, admitted.delivery.clone());
        let receipt = self.send(&message).await?;
        Ok((message, receipt))
    }

    async fn connection(&self, name: &str) -> Result<Arc<Connection>, Refused> {
        let name = ConnectionName::parse(name).map_err(|_| Refused::UnknownConnection)?;
        match self.connections.find(&name).await {
            Ok(connection) => connection.ok_or(Refused::UnknownConnection),
            // The store has logged the error. Whether the connection exists is not known, so the sender must retry.
            Err(_) => Err(Refused::Unavailable),
        }
    }

    /// A secret that was rolled a moment ago may not be loaded yet. Before a signature is refused as a mismatch, the
    /// connection is read again, unless it was read a moment ago.
    async fn verify<'a>(
        &self,
        admitted: &Admitted,
        body: &'a [u8],
    ) -> Result<VerifiedBody<'a>, Refused> {
        let mut connection = Arc::clone(&admitted.connection);
        loop {
            let now = self.clock.now();
            let verified = admitted.signature.verify(body, &connection.secrets, now);
            if !matches!(
                verified,
                Err(SignatureFault::Mismatch | SignatureFault::NoSecret)
            ) {
                return verified.map_err(Refused::Signature);
            }
            // A connection that another delivery has read meanwhile may be outdated, too.
            match self.connections.reread(&connection).await {
                Some(newer) => connection = newer,
                None => return verified.map_err(Refused::Signature),
            }
        }
    }

    /// A signed body that cannot be processed is accepted and quarantined: a retry would not change it, and ten
    /// refusals in a row disable the endpoint.
    fn read(
        &self,
        body: &VerifiedBody<'_>,
        connection: ConnectionName,
        delivery: Option<DeliveryId>,
    ) -> Message {
        let received_at = self.clock.now();
        let event = read(body.bytes()).and_then(|event| exceeded(&event).map_or(Ok(event), Err));
        match event {
            Ok(event) => Message::Event(EventMessage {
                handed_on: None,
                connection,
                delivery,
                received_at,
                event,
            }),
            Err(reason) => Message::Unreadable(Unreadable {
                connection,
                delivery,
                received_at,
                reason,
                sha256: hex::encode(Sha256::digest(body.bytes())),
            }),
        }
    }

    async fn send(&self, message: &Message) -> Result<Receipt, Refused> {
        self.queue.send(message.encode()).await.map_err(|error| {
            tracing::error!(%error, "the queue refused a delivery; OpenTrain will send it again");
            Refused::Unavailable
        })
    }
}

/// Logs one line per accepted delivery, with ids only.
fn log(message: &Message, took: Duration) {
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match message {
        Message::Event(it) => tracing::info!(
            "event.type" = %it.event.kind,
            event.id = %it.event.id,
            contract.id = it.event.contract().map(tracing::field::display),
            connection = %it.connection,
            delivery.id = it.delivery.as_ref().map(tracing::field::display),
            ms,
            "delivery accepted"
        ),
        Message::Unreadable(it) => tracing::info!(
            reason = it.reason,
            connection = %it.connection,
            delivery.id = it.delivery.as_ref().map(tracing::field::display),
            ms,
            "delivery accepted and quarantined"
        ),
        // These messages are not made from a delivery.
        Message::Converge { .. } | Message::Stated(_) => {}
    }
}
