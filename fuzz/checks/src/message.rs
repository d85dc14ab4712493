//! Messages of the queues.

use serde_json::Value;
use shared::queue::{Job, JobKind, Message};

use crate::event::fits_the_queue;

/// Checks a text as a message and as a job.
pub(crate) fn queue(input: &[u8]) -> bool {
    let text = std::str::from_utf8(input);
    text.is_ok_and(|text| message(text) | job(text))
}

/// A decoded message, encoded and decoded again, is unchanged. The error of another text does not quote it.
fn message(text: &str) -> bool {
    match Message::decode(text) {
        Ok(message) => {
            let sent = message.encode();
            fits_the_queue(&sent, text.len());
            let again = Message::decode(&sent.body).expect("it is read again");
            assert_eq!(again, message);
            assert_eq!(again.encode().body, sent.body);
            true
        }
        Err(error) => {
            is_plain(&error.to_string());
            false
        }
    }
}

/// The same for jobs. A job of one kind is never read as the other.
fn job(text: &str) -> bool {
    let mut kinds = 0;
    for kind in [JobKind::Usage, JobKind::Reconcile] {
        match Job::decode::<Value>(kind, text) {
            Ok(payload) => {
                kinds += 1;
                let again = Job::decode::<Value>(kind, &Job::new(kind, &payload).encode());
                assert_eq!(again.expect("it is read again"), payload);
            }
            Err(error) => is_plain(&error.to_string()),
        }
        // The lists that the functions send.
        if let Err(error) = Job::decode::<Vec<String>>(kind, text) {
            is_plain(&error.to_string());
        }
    }
    assert!(kinds < 2);
    kinds == 1
}

/// The error has only our own words, numbers and the two kinds.
fn is_plain(text: &str) {
    assert!(text.len() < 200 && !text.contains("canary"), "{text}");
}
