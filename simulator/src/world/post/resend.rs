//! Bodies and signatures of deliveries that are sent again by hand.

use std::time::Duration;

use jiff::Timestamp;

use super::sign;
use crate::model::resend::Resend;

/// Older than the 300 seconds that a receiver may tolerate.
const LATE: Duration = Duration::from_secs(600);

/// The body to send, and its signature at `now`.
pub(super) fn signed(
    how: Resend,
    body: &str,
    secret: &str,
    now: Timestamp,
) -> (String, Option<String>) {
    let sign = |body: &str, at| sign::header(secret, at, body.as_bytes());
    match how {
        Resend::Same => (body.to_owned(), sign(body, now)),
        Resend::ChangedBody => (changed(body), sign(body, now)),
        Resend::ChangedAndSigned => (changed(body), sign(&changed(body), now)),
        Resend::Late => {
            let then = now.checked_sub(LATE).unwrap_or(now);
            (body.to_owned(), sign(body, then))
        }
    }
}

/// The object with a member that no event has, before its others.
fn changed(body: &str) -> String {
    body.replacen('{', r#"{"sandboxChanged":true,"#, 1)
}
