//! Intake alone, with a queue that fails, and with several valid secrets.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use shared::connection::Connection;
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::signature::WebhookSecret;
use shared::queue::{
    DeadLetter, Depth, Handle, Limits, Outgoing, Queue, QueueError, Receipt, Received, SqliteQueue,
    Taking,
};
use shared::sqlite::Database;
use shared::webhook::{Accepted, Delivery, Head, Intake, Refused};

use crate::common::customer::platform;
use crate::common::events::{Link, started};

/// Result of each call of the queue.
enum Broken {
    Refuses,
    Hangs,
}

impl Broken {
    async fn answer<T>(&self) -> Result<T, QueueError> {
        match self {
            Self::Refuses => Err(QueueError::Unavailable("disk full".into())),
            Self::Hangs => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Queue for Broken {
    async fn send(&self, _: Outgoing) -> Result<Receipt, QueueError> {
        self.answer().await
    }

    async fn send_all(&self, _: Vec<Outgoing>) -> Result<(), QueueError> {
        self.answer().await
    }

    async fn send_later(&self, _: Outgoing, _: Timestamp) -> Result<(), QueueError> {
        self.answer().await
    }

    async fn put_back(&self, _: &Received, _: Timestamp) -> Result<(), QueueError> {
        self.answer().await
    }

    async fn receive(
        &self,
        _: usize,
        _: Duration,
        _: Duration,
    ) -> Result<Vec<Received>, QueueError> {
        self.answer().await
    }

    async fn delete(&self, _: &Handle) -> Result<(), QueueError> {
        self.answer().await
    }

    async fn change_visibility(&self, _: &Handle, _: Duration) -> Result<(), QueueError> {
        self.answer().await
    }

    async fn dead_letter(&self, _: &Received, _: &str) -> Result<(), QueueError> {
        self.answer().await
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        self.answer().await
    }

    async fn dead_letters(&self, _: usize) -> Result<Vec<DeadLetter>, QueueError> {
        self.answer().await
    }

    async fn take_dead(
        &self,
        _: BTreeSet<String>,
        _: Taking,
    ) -> Result<BTreeSet<String>, QueueError> {
        self.answer().await
    }
}

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(text).unwrap()
}

fn intake(queue: Arc<dyn Queue>, secrets: &[&str]) -> Intake {
    let connection = Connection {
        name: ConnectionName::default(),
        secrets: secrets.iter().map(|text| secret(text)).collect(),
        platform: platform("http://127.0.0.1:1", "canary-token"),
        projects: None,
    };
    Intake::new(
        [connection].into_iter().collect(),
        queue,
        Arc::new(SystemClock),
    )
}

async fn knock(intake: &Intake, signed_with: &str) -> Result<Accepted, Refused> {
    let body = started(1, "ctr_1", "maria", &Link::new("link_1", "streets")).to_string();
    let signature = secret(signed_with).sign(body.as_bytes(), SystemClock.now());
    let delivery = Delivery {
        connection: "default",
        signature: Some(&signature),
        delivery: None,
        body: body.as_bytes(),
    };
    intake.take(delivery).await
}

#[tokio::test]
async fn a_queue_that_refuses_makes_no_2xx() {
    let refused = knock(&intake(Arc::new(Broken::Refuses), &["whsec_1"]), "whsec_1")
        .await
        .unwrap_err();
    assert_eq!(
        (refused.status(), refused.header()),
        (503, Some(("retry-after", "30")))
    );
}

/// OpenTrain waits for 10 s. A delivery that is not stored by then has to be sent again.
#[tokio::test]
async fn a_queue_that_hangs_makes_no_2xx_and_is_not_waited_for() {
    let patience = Duration::from_millis(50);
    let intake = intake(Arc::new(Broken::Hangs), &["whsec_1"]).waiting(patience);
    let asked = Instant::now();
    let refused = knock(&intake, "whsec_1").await.unwrap_err();
    assert_eq!(
        (refused.status(), refused.header()),
        (503, Some(("retry-after", "30")))
    );
    assert!(asked.elapsed() >= patience && asked.elapsed() < Duration::from_secs(5));
    assert!(shared::webhook::ANSWER_WITHIN < Duration::from_secs(10));
}

/// The time for the queue is reduced by the time that head and body took.
#[tokio::test(start_paused = true)]
async fn one_deadline_holds_for_a_whole_delivery() {
    let patience = Duration::from_secs(8);
    let intake = intake(Arc::new(Broken::Hangs), &["whsec_1"]).waiting(patience);
    let body = started(1, "ctr_1", "maria", &Link::new("link_1", "streets")).to_string();
    let signature = secret("whsec_1").sign(body.as_bytes(), SystemClock.now());
    let head = Head {
        connection: "default",
        signature: Some(&signature),
        delivery: None,
    };
    let began = tokio::time::Instant::now();
    let admitted = intake.admit(head).await.unwrap();
    tokio::time::sleep(patience / 2).await;
    let refused = intake
        .receive(&admitted, body.as_bytes())
        .await
        .unwrap_err();
    assert_eq!(refused, Refused::Unavailable);
    let took = began.elapsed();
    assert!(took < patience + patience / 4, "{took:?}");
}

/// During a secret rotation the new and the old secret are valid. A removed one is not.
#[tokio::test]
async fn any_live_secret_opens_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("queue.db")).unwrap();
    let queue = Arc::new(SqliteQueue::new(
        database,
        Arc::new(SystemClock),
        Limits::default(),
    ));
    let rolling = intake(Arc::clone(&queue) as _, &["whsec_new", "whsec_old"]);
    knock(&rolling, "whsec_new").await.unwrap();
    knock(&rolling, "whsec_old").await.unwrap();
    let rolled = intake(Arc::clone(&queue) as _, &["whsec_new"]);
    assert_eq!(knock(&rolled, "whsec_old").await.unwrap_err().status(), 401);
    // Without a secret no signature is valid, not even one with the empty secret.
    let bare = knock(&intake(queue, &[]), "whsec_new").await.unwrap_err();
    assert_eq!(bare.status(), 401);
    assert_eq!(bare.to_string(), "signature-no-secret");
}
