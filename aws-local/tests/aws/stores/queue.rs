//! SQS: the tests of the queue contract, and more.

mod batch;
mod jobs;
mod retry;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_local::{Emulator, Fault};
use aws_sdk_sqs::types::Message;
use jiff::Timestamp;
use serde_json::Value;
use shared::aws::Clients;
use shared::model::clock::{Clock, ManualClock, SystemClock};
use shared::queue::contract::{self, Subject};
use shared::queue::{
    DeduplicationId, GroupId, Limits, Outgoing, Queue, QueueError, QueueUrls, Record, Retry,
    SqsQueue,
};

use crate::stores::{assert_tells, emulator, fresh};

/// Queues of one emulator with a common clock.
struct Sqs {
    emulator: Emulator,
    clients: Clients,
    clock: Arc<ManualClock>,
    latest: Mutex<Option<Made>>,
}

#[derive(Clone)]
struct Made {
    queue: SqsQueue,
    retry: String,
}

impl Sqs {
    async fn new() -> Self {
        let (emulator, clients) = emulator();
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let clock = Arc::new(ManualClock::at(start));
        emulator.set_clock(clock.now()).await.unwrap();
        let latest = Mutex::default();
        Self {
            emulator,
            clients,
            clock,
            latest,
        }
    }

    /// All messages of the latest retry queue that SQS returns now.
    async fn retries(&self, made: &Made) -> Vec<Message> {
        let mut all = Vec::new();
        loop {
            let receive = self.clients.sqs.receive_message().queue_url(&made.retry);
            let messages = receive.max_number_of_messages(10).send().await.unwrap();
            match messages.messages {
                None => return all,
                Some(messages) => all.extend(messages),
            }
        }
    }
}

#[async_trait]
impl Subject for Sqs {
    async fn queue(&self, limits: Limits) -> Arc<dyn Queue> {
        let urls = aws_local::queues(&self.clients, &fresh("queue"), limits).await;
        let urls = urls.unwrap();
        let clock = Arc::clone(&self.clock);
        let queue = SqsQueue::new(&self.clients, &urls, clock);
        let made = Made {
            queue: queue.clone(),
            retry: urls.retry.unwrap(),
        };
        *self.latest.lock().unwrap() = Some(made);
        Arc::new(queue)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.emulator.set_clock(self.clock.now()).await.unwrap();
    }

    /// Does the provisioner's work, in the order in which the messages are due.
    async fn settle(&self) {
        let made = self.latest.lock().unwrap().clone().unwrap();
        let mut messages = self.retries(&made).await;
        messages.sort_by_key(|message| due(message.body().unwrap()));
        for message in messages {
            let (id, body) = (message.message_id().unwrap(), message.body().unwrap());
            made.queue.forward(&retry(id, body)).await.unwrap();
            let delete = self.clients.sqs.delete_message().queue_url(&made.retry);
            let delete = delete.set_receipt_handle(message.receipt_handle);
            delete.send().await.unwrap();
        }
    }
}

/// The time in the header of a retry queue's message.
fn due(text: &str) -> Timestamp {
    let header: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    header["due"].as_str().unwrap().parse().unwrap()
}

async fn queue(clients: &Clients, limits: Limits) -> SqsQueue {
    let made = aws_local::queues(clients, &fresh("queue"), limits).await;
    of(clients, &made.unwrap())
}

fn of(clients: &Clients, urls: &QueueUrls) -> SqsQueue {
    SqsQueue::new(clients, urls, Arc::new(SystemClock))
}

fn outgoing(body: &str) -> Outgoing {
    Outgoing {
        body: body.to_owned(),
        group: GroupId::new("group", "a"),
        deduplication: DeduplicationId::of(&[body]),
    }
}

fn told(error: QueueError) -> String {
    assert!(matches!(error, QueueError::Unavailable(_)), "{error}");
    error.to_string()
}

fn retry(id: &str, text: &str) -> Retry {
    let record = Record {
        message_id: Some(id),
        receipt_handle: Some("any"),
        body: Some(text),
        sent_at: None,
    };
    record.retry(|_| Some("1")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs make venv-aws"]
async fn sqs_keeps_the_queue_s_contract() {
    contract::run(&Sqs::new().await).await;
}

#[test]
#[ignore = "needs make venv-aws"]
fn sqs_is_as_the_queue_s_model() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let sqs = runtime.block_on(Sqs::new());
    contract::model::check(&sqs, 16);
}

/// An operator's commands find the queue in this way.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_queue_is_found_by_its_name() {
    let (_emulator, clients) = emulator();
    let made = aws_local::queues(&clients, "stack", Limits::default()).await;
    let urls = made.unwrap();
    let found = SqsQueue::url(&clients, "stack.fifo").await.unwrap();
    assert_eq!(found, urls.events);
    let queue = of(&clients, &urls);
    queue.warm().await.unwrap();
    queue.send(outgoing("1")).await.unwrap();
    assert_eq!(queue.depth().await.unwrap().waiting, 1);
    let lost = SqsQueue::url(&clients, "elsewhere.fifo").await;
    assert_tells(
        &told(lost.unwrap_err()),
        &["elsewhere.fifo", "the stack's name", "AWS_REGION"],
    );
}

/// More letters than a batch, and more of one group than SQS returns at once. None is removed.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn listing_dead_letters_does_not_remove_them() {
    let (_emulator, clients) = emulator();
    let queue = queue(&clients, Limits::default()).await;
    for number in 0..12 {
        let message = Outgoing {
            group: GroupId::new("group", &number.to_string()),
            ..outgoing(&number.to_string())
        };
        queue.send(message).await.unwrap();
    }
    let hidden = Duration::from_secs(60);
    for _ in 0..2 {
        for message in queue.receive(10, hidden, Duration::ZERO).await.unwrap() {
            queue.dead_letter(&message, "odd: \u{ffff}").await.unwrap();
        }
    }
    for _ in 0..2 {
        let letters = queue.dead_letters(usize::MAX).await.unwrap();
        assert_eq!(letters.len(), 12);
        assert!(letters.iter().all(|it| it.reason == "odd:  "));
        assert!(letters.is_sorted_by_key(|it| it.at));
    }
    let depth = queue.depth().await.unwrap();
    assert_eq!((depth.waiting, depth.in_flight, depth.dead), (0, 0, 12));
}

/// The answer is lost. The message is stored once, and the receipt is that of the stored one.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_send_whose_answer_is_lost_stores_one_message() {
    let (emulator, clients) = emulator();
    let queue = queue(&clients, Limits::default()).await;
    let lost = Fault::lost_answer("AmazonSQS.SendMessage").times(1);
    emulator.fail(&[lost]).await.unwrap();
    let receipt = queue.send(outgoing("1")).await.unwrap();
    let hidden = Duration::from_secs(60);
    let received = queue.receive(10, hidden, Duration::ZERO).await.unwrap();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].message_id, receipt.message_id());
}

/// Intake must report within 8 s that nothing was stored.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_slow_queue_times_out() {
    let (emulator, clients) = emulator();
    let queue = queue(&clients, Limits::default()).await;
    let slow = Fault::slowness("AmazonSQS.SendMessage", Duration::from_secs(20));
    emulator.fail(&[slow]).await.unwrap();
    let since = Instant::now();
    let text = told(queue.send(outgoing("1")).await.unwrap_err());
    assert!(since.elapsed() < Duration::from_secs(8), "{since:?}");
    assert_tells(&text, &["can't be reached", "sqs:SendMessage", "too long"]);
}

#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn the_error_of_a_refusal_contains_the_fix() {
    let (emulator, clients) = emulator();
    let queue = queue(&clients, Limits::default()).await;
    let cases = [
        (
            Fault::no_sends(),
            ["fails at sqs:SendMessage", "ServiceUnavailable"],
        ),
        (
            Fault::denial("AmazonSQS."),
            ["does not allow sqs:SendMessage", "policy of the role"],
        ),
        (
            Fault::refusal("AmazonSQS.", 403, "InvalidClientTokenId"),
            ["credentials", "aws sso login"],
        ),
    ];
    for (fault, words) in cases {
        emulator.fail(&[fault]).await.unwrap();
        let text = told(queue.send(outgoing("1")).await.unwrap_err());
        assert_tells(&text, &words);
    }
    emulator.mend().await.unwrap();
    let url = format!("{}/123456789012/nowhere.fifo", emulator.endpoint());
    let urls = QueueUrls {
        events: url,
        ..QueueUrls::default()
    };
    let nowhere = of(&clients, &urls);
    let cure = ["nowhere.fifo", "BRIDGE_QUEUE_URL", "AWS_REGION"];
    assert_tells(&told(nowhere.send(outgoing("1")).await.unwrap_err()), &cure);
    assert_tells(&told(nowhere.warm().await.unwrap_err()), &cure);
}

/// The connection is also opened for a role that may only send.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn warming_up_needs_no_further_permission() {
    let (emulator, clients) = emulator();
    let queue = queue(&clients, Limits::default()).await;
    let denial = Fault::denial("AmazonSQS.GetQueueAttributes");
    emulator.fail(&[denial]).await.unwrap();
    queue.warm().await.unwrap();
    drop(emulator);
    let text = told(queue.warm().await.unwrap_err());
    assert_tells(&text, &["can't be reached", "AWS_ENDPOINT_URL"]);
}
