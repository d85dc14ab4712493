//! The door: what comes in signed goes to the queue, and only then is it acknowledged.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::read::read;
use super::signature::{SignatureFault, VerifiedBody, WebhookSecret, verify};
use crate::clock::Clock;
use crate::connection::{Connection, ConnectionName, Connections};
use crate::ids::DeliveryId;
use crate::queue::{EventMessage, Message, Queue, Receipt, Unreadable};
use crate::telemetry::Metric;

/// The largest body that is looked at, in bytes.
pub const MAX_BODY: usize = 256 * 1024;

/// OpenTrain waits 10 s for an answer; ours must be on its way before that, whoever is slow: what keeps the
/// connections, or the queue.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// A `POST /hooks/{connection}`, free of any HTTP server's types.
pub struct Delivery<'a> {
    /// The last segment of the path.
    pub connection: &'a str,
    /// `X-OpenTrain-Signature`.
    pub signature: Option<&'a str>,
    /// `X-OpenTrain-Delivery`.
    pub delivery: Option<&'a str>,
    /// The raw bytes.
    pub body: &'a [u8],
}

/// A delivery that is in the queue for good: the only thing that a 2xx may be made from.
#[derive(Debug)]
pub struct Accepted {
    delivery: Option<DeliveryId>,
    receipt: Receipt,
}

impl Accepted {
    /// 202: it is stored, not yet done.
    pub const STATUS: u16 = 202;

    /// The answer's JSON.
    pub fn body(&self) -> Value {
        json!({ "delivery": self.delivery, "message": self.receipt.message_id() })
    }
}

/// Why a delivery was not taken. What the sender hears is the same for every fault of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no connection of that name here.
    #[error("unknown-connection")]
    UnknownConnection,
    /// The body is over [`MAX_BODY`].
    #[error("too-large")]
    TooLarge,
    /// The signature is missing, unreadable, stale or not ours.
    #[error("signature-{0}")]
    Signature(SignatureFault),
    /// The queue did not take it in time, or the connections can't be read: it must be sent again.
    #[error("unavailable")]
    Unavailable,
}

impl Refused {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::UnknownConnection => 404,
            Self::TooLarge => 413,
            Self::Signature(_) => 401,
            Self::Unavailable => 503,
        }
    }

    /// `Retry-After` in seconds, where a retry can help.
    pub fn retry_after(&self) -> Option<u32> {
        matches!(self, Self::Unavailable).then_some(30)
    }

    /// The answer's JSON: what is wrong, and what to do.
    pub fn body(&self) -> Value {
        let error = match self {
            Self::UnknownConnection => {
                "no such connection: the URL ends in /hooks/ and the connection's name (`default` for a single install)"
            }
            Self::TooLarge => "the body is over 262144 bytes",
            Self::Signature(_) => {
                "the signature does not hold: sign the raw body with the endpoint's current secret, at the present time"
            }
            Self::Unavailable => "the delivery could not be stored: send it again",
        };
        json!({ "error": error })
    }
}

/// Takes deliveries in.
pub struct Door {
    connections: Connections,
    queue: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    patience: Duration,
}

impl Door {
    /// A door for these connections, in front of this queue.
    pub fn new(connections: Connections, queue: Arc<dyn Queue>, clock: Arc<dyn Clock>) -> Self {
        Self {
            connections,
            queue,
            clock,
            patience: ANSWER_WITHIN,
        }
    }

    /// The same, with this long for a delivery instead of [`ANSWER_WITHIN`].
    #[must_use]
    pub fn waiting(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Takes one delivery: refuses it, or has it in the queue when it returns.
    pub async fn take(&self, delivery: Delivery<'_>) -> Result<Accepted, Refused> {
        let taken = tokio::time::timeout(self.patience, self.check_and_send(&delivery)).await;
        let taken = taken.unwrap_or_else(|_| {
            tracing::error!("taking a delivery lasted too long; OpenTrain will send it again");
            Err(Refused::Unavailable)
        });
        match &taken {
            Ok(_) => {
                Metric::Accepted.count();
                tracing::debug!(delivery.id = delivery.delivery, "delivery accepted");
            }
            Err(reason) => {
                Metric::Rejected.count_by(&reason.to_string());
                tracing::warn!(%reason, "delivery refused");
            }
        }
        taken
    }

    async fn check_and_send(&self, delivery: &Delivery<'_>) -> Result<Accepted, Refused> {
        if delivery.body.len() > MAX_BODY {
            return Err(Refused::TooLarge);
        }
        let connection = self.connection(delivery.connection).await?;
        let body = self.verify(delivery, &connection).await?;
        let id = delivery
            .delivery
            .filter(|id| (1..=200).contains(&id.len()))
            .map(DeliveryId::new);
        let message = self.read(&body, connection.name.clone(), id.clone());
        let receipt = self.send(&message).await?;
        Ok(Accepted {
            delivery: id,
            receipt,
        })
    }

    async fn connection(&self, name: &str) -> Result<Arc<Connection>, Refused> {
        let name = ConnectionName::parse(name).map_err(|_| Refused::UnknownConnection)?;
        match self.connections.find(&name).await {
            Ok(connection) => connection.ok_or(Refused::UnknownConnection),
            // The store has told the log. Whether the name is ours isn't known: it is sent again.
            Err(_) => Err(Refused::Unavailable),
        }
    }

    /// A secret that was rolled a moment ago may not be known here yet: before a signature that none fits
    /// is refused, the connection is read again, unless that was done just now.
    async fn verify<'a>(
        &self,
        delivery: &Delivery<'a>,
        connection: &Arc<Connection>,
    ) -> Result<VerifiedBody<'a>, Refused> {
        let held_to = |secrets: &[WebhookSecret]| {
            verify(delivery.signature, delivery.body, secrets, self.clock.now())
        };
        let first = held_to(&connection.secrets);
        if !matches!(first, Err(SignatureFault::Mismatch)) {
            return first.map_err(Refused::Signature);
        }
        let fresh = self.connections.reread(connection).await;
        fresh
            .map_or(first, |fresh| held_to(&fresh.secrets))
            .map_err(Refused::Signature)
    }

    /// What can't be understood is taken all the same, and recorded: no retry would mend it, and ten
    /// refusals in a row switch the endpoint off.
    fn read(
        &self,
        body: &VerifiedBody<'_>,
        connection: ConnectionName,
        delivery: Option<DeliveryId>,
    ) -> Message {
        let received_at = self.clock.now();
        match read(body.bytes()) {
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
