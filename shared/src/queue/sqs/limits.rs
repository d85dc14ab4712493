//! Limits of SQS: whole seconds up to a maximum, and a set of permitted characters.

use std::time::Duration;

use crate::queue::LONGEST_DELAY;

/// Time for which a message is hidden while it is moved to the dead letters.
pub(super) const HOLD: Duration = Duration::from_secs(60);

/// Maximum visibility timeout of SQS, in seconds: 12 hours.
const LONGEST_HIDDEN: u64 = 12 * 60 * 60;

/// Maximum wait of a receive, in seconds.
const LONGEST_WAIT: u64 = 20;

/// Maximum number of characters of a stored reason.
const LONGEST_REASON: usize = 1000;

/// Visibility timeout in seconds, rounded up: no receiver gets the message before the requested time.
pub(super) fn visibility_seconds(visibility: Duration) -> i32 {
    whole(visibility, LONGEST_HIDDEN)
}

/// Delay in seconds, rounded up: no message is due before the requested time.
pub(super) fn delay_seconds(delay: Duration) -> i32 {
    whole(delay, LONGEST_DELAY.as_secs())
}

/// Wait in seconds, rounded up: a short wait is one second.
pub(super) fn wait_seconds(wait: Duration) -> i32 {
    whole(wait, LONGEST_WAIT)
}

/// Duration from SQS's whole seconds.
pub(super) fn seconds(seconds: i32) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

fn whole(time: Duration, most: u64) -> i32 {
    let rest = u64::from(time.subsec_nanos() > 0);
    let seconds = time.as_secs().saturating_add(rest).min(most);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

/// A text that SQS accepts as an attribute: not empty, not too long, without characters that it refuses.
pub(super) fn attribute(text: &str) -> String {
    let text: String = text
        .chars()
        .take(LONGEST_REASON)
        .map(|c| if is_allowed(c) { c } else { ' ' })
        .collect();
    if text.is_empty() {
        "no reason given".to_owned()
    } else {
        text
    }
}

/// SQS accepts the characters of XML 1.0.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::queue::{Message, Unreadable};

    #[test]
    fn times_are_whole_seconds_within_sqs_s_limits() {
        let cases = [(0, 0, 0), (1, 1, 1), (1_000, 1, 1), (1_001, 2, 2)];
        for (millis, hidden, wait) in cases {
            let time = Duration::from_millis(millis);
            assert_eq!(visibility_seconds(time), hidden);
            assert_eq!(wait_seconds(time), wait);
        }
        assert_eq!(delay_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(delay_seconds(LONGEST_DELAY * 2), 900);
        let ever = Duration::MAX;
        assert_eq!((visibility_seconds(ever), wait_seconds(ever)), (43_200, 20));
    }

    proptest! {
        #[test]
        fn any_message_becomes_an_attribute_that_sqs_accepts(reason in any::<String>(), more in "[\\x00-\\x1f\u{7f}-\u{9f}\u{fff0}-\u{ffff}\u{10fff0}-\u{10ffff}]*") {
            let message = Message::Unreadable(Unreadable {
                connection: crate::model::ConnectionName::default(),
                delivery: None,
                received_at: jiff::Timestamp::UNIX_EPOCH,
                reason: reason + &more,
                sha256: String::new(),
            });
            let sent = message.encode();
            prop_assert!(sent.body.chars().all(is_allowed));
            prop_assert_eq!(Message::decode(&sent.body).unwrap(), message);
        }

        #[test]
        fn any_reason_becomes_an_attribute_that_sqs_accepts(reason in any::<String>()) {
            let kept = attribute(&reason);
            prop_assert!(!kept.is_empty() && kept.chars().all(is_allowed));
        }
    }
}
