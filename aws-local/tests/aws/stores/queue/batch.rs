//! Sends of many messages at once.

use aws_local::Fault;
use shared::queue::{Limits, Outgoing, Queue, QueueError};

use super::{outgoing, queue};
use crate::stores::{assert_tells, emulator};

fn numbered(count: usize) -> Vec<Outgoing> {
    (0..count).map(|it| outgoing(&it.to_string())).collect()
}

/// Only the messages that SQS has not stored are sent again.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_partially_stored_batch_is_completed() {
    let (emulator, clients) = emulator();
    let queue = queue(&clients, Limits::default()).await;
    let busy = Fault::partial("AmazonSQS.SendMessageBatch", 7).times(1);
    emulator.fail(&[busy]).await.unwrap();
    queue.send_all(numbered(10)).await.unwrap();
    assert_eq!(queue.depth().await.unwrap().waiting, 10);
    let requests = emulator.requests("AmazonSQS.SendMessageBatch").await;
    assert_eq!(requests.unwrap(), 2);
}

/// The error names its position. The others are stored, and sending all again stores the missing ones.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn a_message_that_is_never_stored_is_named() {
    let (emulator, clients) = emulator();
    let queue = queue(&clients, Limits::default()).await;
    let busy = Fault::partial("AmazonSQS.SendMessageBatch", 1);
    emulator.fail(&[busy]).await.unwrap();
    let error = queue.send_all(numbered(25)).await.unwrap_err();
    let told = error.to_string();
    let QueueError::Unsent { failed, of, .. } = error else {
        panic!("{told}");
    };
    assert_eq!((failed, of), (vec![0, 10, 20], 25));
    assert_tells(&told, &["3 of 25", "sqs:SendMessage", "InternalError"]);
    assert_eq!(queue.depth().await.unwrap().waiting, 22);
    let requests = emulator.requests("AmazonSQS.SendMessageBatch").await;
    assert_eq!(requests.unwrap(), 12, "four rounds for each batch");
    emulator.mend().await.unwrap();
    queue.send_all(numbered(25)).await.unwrap();
    assert_eq!(queue.depth().await.unwrap().waiting, 25);
}

/// Messages that SQS refuses as invalid are not sent again. If the whole request is refused, all are named.
#[tokio::test]
#[ignore = "needs make venv-aws"]
async fn refused_messages_are_named() {
    let (emulator, clients) = emulator();
    let queue = queue(&clients, Limits::default()).await;
    let mut messages = numbered(11);
    messages[10].body = "\u{ffff}".to_owned();
    let error = queue.send_all(messages).await.unwrap_err();
    assert!(matches!(error, QueueError::Unsent { ref failed, .. } if *failed == [10]));
    let denial = Fault::denial("AmazonSQS.SendMessageBatch");
    emulator.fail(&[denial]).await.unwrap();
    let error = queue.send_all(numbered(3)).await.unwrap_err();
    assert!(matches!(error, QueueError::Unsent { ref failed, .. } if *failed == [0, 1, 2]));
    assert_tells(&error.to_string(), &["3 of 3", "does not allow"]);
}
