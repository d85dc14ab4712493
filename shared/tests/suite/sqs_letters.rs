//! Dead letters in SQS: hidden ones become visible while others are received, and calls fail half-way.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::aws::{AwsSettings, Clients};
use shared::config::{Reader, Vars};
use shared::model::clock::SystemClock;
use shared::queue::{Queue, QueueError, QueueUrls, SqsQueue, Taking};
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// SQS with ten dead letters. A received letter is visible again at once.
struct Sqs(MockServer);

impl Sqs {
    async fn new() -> Self {
        let sqs = Self(MockServer::start().await);
        let count = json!({ "Attributes": { "ApproximateNumberOfMessages": "10" } });
        sqs.answers("GetQueueAttributes", 200, count).await;
        let letters: Vec<Value> = (0..10).map(letter).collect();
        sqs.answers("ReceiveMessage", 200, json!({ "Messages": letters }))
            .await;
        let shown = json!({ "Successful": [], "Failed": [] });
        sqs.answers("ChangeMessageVisibilityBatch", 200, shown)
            .await;
        sqs
    }

    async fn answers(&self, action: &str, status: u16, body: Value) {
        let target = format!("AmazonSQS.{action}");
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(header("x-amz-target", target.as_str()))
            .respond_with(answer)
            .mount(&self.0)
            .await;
    }

    fn queue(&self) -> SqsQueue {
        let origin = self.0.uri();
        let vars = Vars::default()
            .with("AWS_REGION", Some("eu-central-1"))
            .with("AWS_ACCESS_KEY_ID", Some("id"))
            .with("AWS_SECRET_ACCESS_KEY", Some("key"))
            .with("AWS_ENDPOINT_URL", Some(&origin));
        let mut reader = Reader::new(&vars);
        let settings = AwsSettings::read(&mut reader).unwrap();
        let url = |name: &str| format!("{origin}/1/{name}");
        let urls = QueueUrls {
            events: url("events.fifo"),
            dead_letters: Some(url("dead.fifo")),
            retry: None,
            retry_dead_letters: Some(url("retry-dead")),
        };
        let clients = Clients::new(&settings).unwrap();
        SqsQueue::new(&clients, &urls, Arc::new(SystemClock))
    }

    async fn take(&self, id: &str) -> Result<BTreeSet<String>, QueueError> {
        let ids = BTreeSet::from([id.to_owned()]);
        let queue = self.queue();
        let taken = queue.take_dead(ids, Taking::Redrive);
        tokio::time::timeout(Duration::from_secs(60), taken)
            .await
            .expect("the search has an end")
    }

    /// Receipts of the letters that were shown again.
    async fn shown(&self) -> BTreeSet<String> {
        let requests = self.0.received_requests().await.unwrap();
        let is_shown =
            |it: &&Request| it.headers["x-amz-target"] == "AmazonSQS.ChangeMessageVisibilityBatch";
        let shown = requests.iter().filter(is_shown);
        let entries = shown.flat_map(|it| {
            let body: Value = it.body_json().unwrap();
            body["Entries"].as_array().unwrap().clone()
        });
        entries
            .map(|it| it["ReceiptHandle"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn letter(n: u64) -> Value {
    json!({
        "MessageId": format!("message_{n}"),
        "ReceiptHandle": format!("receipt_{n}"),
        "Body": "{}",
        "Attributes": {
            "ApproximateReceiveCount": "1",
            "MessageGroupId": format!("group_{n}"),
            "SentTimestamp": "1781258400000"
        }
    })
}

fn receipts() -> BTreeSet<String> {
    (0..10).map(|n| format!("receipt_{n}")).collect()
}

#[tokio::test]
async fn a_search_for_a_letter_that_is_gone_ends() {
    let sqs = Sqs::new().await;
    assert_eq!(sqs.take("message_99").await.unwrap(), BTreeSet::new());
    assert_eq!(sqs.shown().await, receipts());
}

#[tokio::test]
async fn letters_are_shown_again_after_an_error() {
    let sqs = Sqs::new().await;
    let denied = json!({ "__type": "com.amazonaws.sqs#AccessDenied", "message": "no" });
    sqs.answers("SendMessage", 403, denied).await;
    let error = sqs.take("message_4").await.unwrap_err().to_string();
    assert!(error.contains("sqs:SendMessage"), "{error}");
    assert_eq!(sqs.shown().await, receipts());
}
