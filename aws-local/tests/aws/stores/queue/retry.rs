//! Retry queue.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use shared::aws::Clients;
use shared::model::clock::{Clock, ManualClock, SystemClock, after, before};
use shared::queue::{Limits, Queue, QueueUrls, SqsQueue};

use super::{of, outgoing, retry, told};
use crate::stores::{assert_tells, emulator, fresh};

/// Texts of the retry queue that can be received now.
async fn retries(clients: &Clients, urls: &QueueUrls) -> Vec<String> {
    let receive = clients.sqs.receive_message();
    let receive = receive.set_queue_url(urls.retry.clone());
    let messages = receive.max_number_of_messages(10).send().await.unwrap();
    let bodies = messages.messages.unwrap_or_default().into_iter();
    bodies.map(|it| it.body.unwrap()).collect()
}

/// A message that is not due is sent again with the rest of its delay. A due message joins its group once, also if SQS
/// delivers it several times.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_message_that_is_not_due_is_sent_again_with_the_rest() {
    let (emulator, clients) = emulator();
    let urls = aws_local::queues(&clients, &fresh("queue"), Limits::default()).await;
    let urls = urls.unwrap();
    let at = |moment| SqsQueue::new(&clients, &urls, Arc::new(ManualClock::at(moment)));
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    emulator.set_clock(now).await.unwrap();
    let due = after(now, Duration::from_secs(3600));
    let (early, late) = (at(now), at(due));
    late.send_later(outgoing("1"), due).await.unwrap();
    let text = retries(&clients, &urls).await.remove(0);

    early.forward(&retry("m-1", &text)).await.unwrap();
    assert!(retries(&clients, &urls).await.is_empty(), "it is delayed");
    let depth = early.depth().await.unwrap();
    assert_eq!((depth.waiting, depth.retrying), (0, 2));
    let nearly = at(before(due, Duration::from_secs(2)));
    nearly.forward(&retry("m-1", &text)).await.unwrap();
    assert!(retries(&clients, &urls).await.is_empty(), "it is delayed");
    emulator
        .set_clock(after(now, Duration::from_secs(2)))
        .await
        .unwrap();
    assert_eq!(retries(&clients, &urls).await, std::slice::from_ref(&text));

    for id in ["m-1", "m-1", "m-2"] {
        late.forward(&retry(id, &text)).await.unwrap();
    }
    assert_eq!(early.depth().await.unwrap().waiting, 2);
    let received = early.receive(10, Duration::from_secs(60), Duration::ZERO);
    let received = received.await.unwrap();
    assert!(received.iter().all(|it| it.body == "1"));
}

/// The error names the missing setting, and no call is made.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_missing_retry_queue_setting_is_reported() {
    let (_emulator, clients) = emulator();
    let urls = QueueUrls {
        events: "http://127.0.0.1:1/queue.fifo".to_owned(),
        ..QueueUrls::default()
    };
    let queue = of(&clients, &urls);
    let error = queue.send_later(outgoing("1"), SystemClock.now()).await;
    assert_tells(&told(error.unwrap_err()), &["BRIDGE_RETRY_QUEUE_URL"]);
}
