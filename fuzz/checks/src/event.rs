//! A signed body, from intake to the worker.

use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::model::event::{Event, read};
use shared::queue::{Message, Outgoing, Unreadable};
use shared::webhook::MAX_BODY;

use crate::desk::Desk;
use crate::run::on;

thread_local! {
    static DESK: Desk = Desk::open();
}

/// Most characters of an id or a type that is stored.
const LONGEST: usize = 256;

/// Intake accepts any signed body that is not too large. The worker reads the same event as intake, and an event that
/// is written and read again is unchanged. A body that is no event is quarantined by its digest.
pub(crate) fn event(body: &[u8]) -> bool {
    let sent = DESK.with(|desk| on(async { desk.deliver(body).await }));
    if body.len() > MAX_BODY {
        assert_eq!(sent.err(), Some(413));
        return false;
    }
    let sent = sent.expect("a signed body is accepted");
    fits_the_queue(&sent, body.len());
    match Message::decode(&sent.body).expect("the worker reads it") {
        Message::Event(message) => {
            assert_eq!(read(body).as_ref(), Ok(&message.event));
            let written = serde_json::to_vec(&message.event).expect("it is written");
            assert_eq!(read(&written).as_ref(), Ok(&message.event));
            has_bounds(&message.event);
            true
        }
        Message::Unreadable(message) => {
            is_quarantined(&message, body);
            false
        }
        Message::Converge { .. } | Message::Stated(_) => panic!("no delivery is one of these"),
    }
}

/// SQS accepts up to 1 MiB, and ids of up to 128 characters.
pub(crate) fn fits_the_queue(sent: &Outgoing, of: usize) {
    // An invalid byte becomes three bytes, a noncharacter of three bytes becomes six.
    assert!(
        sent.body.len() <= 4 * of + 1_000,
        "{} of {of}",
        sent.body.len()
    );
    assert!(!sent.body.contains(['\u{fffe}', '\u{ffff}']));
    for id in [sent.group.as_str(), sent.deduplication.as_str()] {
        let is_plain = id.bytes().all(|it| it.is_ascii_graphic());
        assert!(is_plain && (1..=128).contains(&id.len()), "{id:?}");
    }
}

fn has_bounds(event: &Event) {
    let is_short = |text: &str| text.chars().count() <= LONGEST;
    assert!(is_short(event.id.as_str()) && is_short(event.kind.as_str()));
    let ids = [
        event.contract().map(|it| it.as_str().to_owned()),
        event.link().map(|it| it.as_str().to_owned()),
        event.trainer().map(|it| it.as_str().to_owned()),
        event.resource_id.clone(),
        event.organization(),
    ];
    for id in ids.into_iter().flatten() {
        assert!(!id.is_empty() && is_short(&id), "{id:?}");
    }
    if let Some(email) = event.participant().and_then(|it| it.work_email) {
        let text = email.expose();
        let is_odd = |it: char| it.is_whitespace() || it.is_control() || it == '\u{fffd}';
        assert!(text.contains('@') && !text.contains(is_odd), "{text:?}");
        let is_id = [event.id.as_str(), event.kind.as_str()].contains(&text);
        assert!(is_id || !format!("{event:?}").contains(text));
    }
    let days = [event.first_day(), event.end_date()];
    assert!(days.into_iter().flatten().all(|day| day.year() <= 9999));
    let _same_for_all = (event.is_end(), event.is_contract(), event.is_budget());
}

fn is_quarantined(message: &Unreadable, body: &[u8]) {
    assert_eq!(message.sha256, hex::encode(Sha256::digest(body)));
    assert!(message.reason.chars().count() < 600, "{}", message.reason);
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        quotes_nothing(&message.reason, &value);
    }
}

/// The reason has names of members, and none of the values.
fn quotes_nothing(reason: &str, value: &Value) {
    match value {
        Value::String(text) => {
            assert!(
                text.len() < 12 || !reason.contains(text.as_str()),
                "{reason}"
            );
        }
        Value::Array(items) => items.iter().for_each(|it| quotes_nothing(reason, it)),
        // The name of a member may equal the value of another.
        Value::Object(members) if members.keys().all(|it| it.len() < 12) => {
            members.values().for_each(|it| quotes_nothing(reason, it));
        }
        _ => {}
    }
}
