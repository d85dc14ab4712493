//! Ways to send a delivery again by hand, to see what a receiver refuses.

use std::time::Duration;

use jiff::Timestamp;

use super::sign;

/// Older than the 300 seconds that a receiver may tolerate.
const LATE: Duration = Duration::from_secs(600);

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resend {
    /// The same body, signed anew.
    Same,
    /// A changed body with the signature of the one before: a receiver must refuse it.
    ChangedBody,
    /// A changed body that is signed: valid, with the ids of the one before.
    ChangedAndSigned,
    /// The same body, signed ten minutes ago: a receiver must refuse it.
    Late,
}

impl Resend {
    const ALL: [Self; 4] = [
        Self::Same,
        Self::ChangedBody,
        Self::ChangedAndSigned,
        Self::Late,
    ];
    pub(crate) const NAMES: [&str; 4] = ["same", "changed-body", "changed-and-signed", "late"];

    /// The one with this name.
    pub(crate) fn named(name: &str) -> Self {
        let all = Self::ALL.into_iter();
        all.zip(Self::NAMES)
            .find_map(|(own, its)| (its == name).then_some(own))
            .unwrap_or(Self::Same)
    }

    pub(crate) fn name(self) -> &'static str {
        let all = Self::ALL.into_iter();
        all.zip(Self::NAMES)
            .find_map(|(own, name)| (own == self).then_some(name))
            .unwrap_or_default()
    }

    /// The body to send, and its signature at `now`.
    pub(super) fn signed(
        self,
        body: &str,
        secret: &str,
        now: Timestamp,
    ) -> (String, Option<String>) {
        let sign = |body: &str, at| sign::header(secret, at, body.as_bytes());
        match self {
            Self::Same => (body.to_owned(), sign(body, now)),
            Self::ChangedBody => (changed(body), sign(body, now)),
            Self::ChangedAndSigned => (changed(body), sign(&changed(body), now)),
            Self::Late => {
                let then = now.checked_sub(LATE).unwrap_or(now);
                (body.to_owned(), sign(body, then))
            }
        }
    }
}

/// The object with a member that no event has, before its others.
fn changed(body: &str) -> String {
    body.replacen('{', r#"{"sandboxChanged":true,"#, 1)
}
