//! Intake with one connection, in memory.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use shared::connection::Connection;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, ManualClock};
use shared::model::signature::WebhookSecret;
use shared::opentrain::{Options, PlatformClient};
use shared::queue::{
    DeadLetter, Depth, Handle, Outgoing, Queue, QueueError, Receipt, Received, Taking,
};
use shared::webhook::{Delivery, Intake};

/// Intake, its secret and its queue.
pub(crate) struct Desk {
    intake: Intake,
    queue: Arc<Sent>,
    secret: WebhookSecret,
    now: Timestamp,
}

impl Desk {
    pub(crate) fn open() -> Self {
        let secret = WebhookSecret::new("whsec_1").expect("a secret");
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().expect("a moment");
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(now));
        let platform =
            PlatformClient::new("http://127.0.0.1:1", &"none".into(), Options::default());
        let connection = Connection {
            name: ConnectionName::default(),
            secrets: vec![secret.clone()],
            platform: platform.expect("a client"),
            projects: None,
        };
        let connections = [connection].into_iter().collect();
        let queue = Arc::new(Sent::default());
        Self {
            intake: Intake::new(connections, Arc::clone(&queue) as Arc<dyn Queue>, clock),
            queue,
            secret,
            now,
        }
    }

    /// Delivers a signed body. Returns the message that intake has sent, or the refusal's status.
    pub(crate) async fn deliver(&self, body: &[u8]) -> Result<Outgoing, u16> {
        let signature = self.secret.sign(body, self.now);
        let delivery = Delivery {
            connection: "default",
            signature: Some(&signature),
            delivery: Some("del_1"),
            body,
        };
        let taken = self.intake.take(delivery).await;
        taken.map_err(|refused| refused.status())?;
        let sent = self.queue.0.lock().expect("one thread").take();
        Ok(sent.expect("an accepted delivery was sent"))
    }
}

/// Keeps the message that was sent last. Intake calls nothing else.
#[derive(Default)]
struct Sent(Mutex<Option<Outgoing>>);

fn unused<T>() -> Result<T, QueueError> {
    Err(QueueError::Unavailable("intake only sends".into()))
}

#[async_trait]
impl Queue for Sent {
    async fn send(&self, message: Outgoing) -> Result<Receipt, QueueError> {
        *self.0.lock().expect("one thread") = Some(message);
        Ok(Receipt::of_test("1"))
    }

    async fn send_all(&self, _: Vec<Outgoing>) -> Result<(), QueueError> {
        unused()
    }

    async fn send_later(&self, _: Outgoing, _: Timestamp) -> Result<(), QueueError> {
        unused()
    }

    async fn put_back(&self, _: &Received, _: Timestamp) -> Result<(), QueueError> {
        unused()
    }

    async fn receive(
        &self,
        _: usize,
        _: Duration,
        _: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        unused()
    }

    async fn delete(&self, _: &Handle) -> Result<(), QueueError> {
        unused()
    }

    async fn change_visibility(&self, _: &Handle, _: Duration) -> Result<(), QueueError> {
        unused()
    }

    async fn dead_letter(&self, _: &Received, _: &str) -> Result<(), QueueError> {
        unused()
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        unused()
    }

    async fn dead_letters(&self, _: usize) -> Result<Vec<DeadLetter>, QueueError> {
        unused()
    }

    async fn take_dead(
        &self,
        _: BTreeSet<String>,
        _: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        unused()
    }
}
