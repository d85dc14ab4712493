//! Lambda's event source mapping of a queue.
//!
//! It receives a batch, calls the function, deletes the messages that succeeded, and leaves the others to the
//! visibility time-out. After an error, an unreadable answer, or an unknown or empty item identifier, the whole batch
//! has failed. After an empty list, the whole batch has succeeded.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::function::Function;
use super::options::InvokeError;

/// A function that can be called.
pub trait Invoke: Clone + Send + Sync + 'static {
    /// Calls the function, and waits for the answer.
    fn invoke(&self, payload: &Value) -> impl Future<Output = Result<Value, InvokeError>> + Send;
}

impl Invoke for Function {
    async fn invoke(&self, payload: &Value) -> Result<Value, InvokeError> {
        Self::invoke(self, payload).await
    }
}

/// Options of the mapping.
#[derive(Debug, Clone)]
pub struct EventSourceOptions {
    /// The queue.
    pub queue_url: String,
    /// The queue's ARN, which the function receives.
    pub queue_arn: String,
    /// Maximum number of messages in a batch.
    pub batch_size: i32,
    /// Number of concurrent batches.
    pub concurrency: usize,
    /// With `Some(n)`, every n-th batch is passed to the function twice at the same time, with the same receive counts,
    /// as Lambda may do. One success is enough.
    pub repeat_every: Option<usize>,
}

/// Duration of one poll.
const POLL_SECONDS: i32 = 1;

/// Pause after the queue failed.
const PAUSE: Duration = Duration::from_millis(200);

/// A running mapping.
pub struct EventSource {
    pollers: JoinSet<()>,
    disabled: watch::Sender<bool>,
}

impl EventSource {
    /// Starts the mapping.
    pub fn start<F: Invoke>(sqs: &Client, function: &F, options: &EventSourceOptions) -> Self {
        let mut pollers = JoinSet::new();
        let (disabled, told) = watch::channel(false);
        for _ in 0..options.concurrency {
            let (sqs, function) = (sqs.clone(), function.clone());
            pollers.spawn(poll(sqs, function, options.clone(), told.clone()));
        }
        Self { pollers, disabled }
    }

    /// Stops it. Current polls end first, so that no received message stays hidden without being processed.
    pub async fn disable(mut self) {
        self.disabled.send_replace(true);
        while self.pollers.join_next().await.is_some() {}
    }
}

async fn poll<F: Invoke>(
    sqs: Client,
    function: F,
    options: EventSourceOptions,
    disabled: watch::Receiver<bool>,
) {
    let mut batches = 0_usize;
    while !*disabled.borrow() {
        let received = sqs
            .receive_message()
            .queue_url(&options.queue_url)
            .max_number_of_messages(options.batch_size)
            .wait_time_seconds(POLL_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await;
        let messages = received.map(|it| it.messages.unwrap_or_default());
        match messages {
            Ok(messages) if messages.is_empty() => {}
            Ok(messages) => {
                batches += 1;
                let every = options.repeat_every;
                let is_repeated = every.is_some_and(|every| batches.is_multiple_of(every));
                work(&sqs, &function, &options, &messages, is_repeated).await;
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn work<F: Invoke>(
    sqs: &Client,
    function: &F,
    options: &EventSourceOptions,
    messages: &[Message],
    is_repeated: bool,
) {
    let records: Vec<_> = messages.iter().map(|it| record(it, options)).collect();
    let event = json!({ "Records": records });
    let answer = match is_repeated {
        true => {
            let (first, second) = tokio::join!(function.invoke(&event), function.invoke(&event));
            first.or(second)
        }
        false => function.invoke(&event).await,
    };
    let ids: BTreeSet<_> = messages.iter().filter_map(Message::message_id).collect();
    let failed = answer.ok().and_then(|answer| failures(&answer, &ids));
    for message in messages {
        let id = message.message_id().unwrap_or_default();
        let done = failed.as_ref().is_some_and(|failed| !failed.contains(id));
        if let (true, Some(handle)) = (done, message.receipt_handle()) {
            let delete = sqs
                .delete_message()
                .queue_url(&options.queue_url)
                .receipt_handle(handle);
            // A message that can't be deleted is redelivered.
            let _again = delete.send().await;
        }
    }
}

/// The failed messages; `None` if the answer is unreadable, which means all of them.
fn failures(answer: &Value, ids: &BTreeSet<&str>) -> Option<BTreeSet<String>> {
    let list = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Some(BTreeSet::new()),
        Some(list) => list.as_array()?,
    };
    let one = |item: &Value| {
        let id = item.get("itemIdentifier")?.as_str()?;
        ids.contains(id).then(|| id.to_owned())
    };
    list.iter().map(one).collect()
}

/// A message in the format that the function receives.
fn record(message: &Message, options: &EventSourceOptions) -> Value {
    let attributes: Map<_, _> = message
        .attributes()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str().to_owned(), Value::from(value.as_str())))
        .collect();
    let own: Map<_, _> = message
        .message_attributes()
        .into_iter()
        .flatten()
        .map(|(name, it)| {
            let value = json!({
                "stringValue": it.string_value(),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": it.data_type(),
            });
            (name.clone(), value)
        })
        .collect();
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "attributes": attributes,
        "messageAttributes": own,
        "md5OfBody": message.md5_of_body(),
        "eventSource": "aws:sqs",
        "eventSourceARN": options.queue_arn,
        "awsRegion": "us-east-1",
    })
}
