//! Invitations that a tool leaves to us to hand over: by mail, where a mail server is set.
//!
//! The link is a secret, the address is personal data: neither gets into a log or an error.

mod link;
mod mailer;
mod text;

pub use link::LONGEST_LINK;
pub use mailer::{MailError, Mailer, MailerError};

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How often a mail that can't be sent holds up the trainer's other work; after that it is left to the
/// reconciler, for as long as it takes.
const MOST_ATTEMPTS: u32 = 3;

/// An invitation that has to reach the person. `Debug` leaves the link out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// What the person has to follow. Another link is another invitation.
    pub link: String,
    /// When it was mailed.
    pub mailed_at: Option<Timestamp>,
    /// How often it could not be mailed.
    #[serde(default)]
    pub failures: u32,
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mailed, failures) = (self.mailed_at, self.failures);
        write!(f, "Invitation(mailed {mailed:?}, {failures} failures, …)")
    }
}

impl Invitation {
    /// One that nobody has yet.
    pub fn new(link: String) -> Self {
        Self {
            link,
            mailed_at: None,
            failures: 0,
        }
    }

    /// The same, mailed.
    pub fn mailed(self, at: Timestamp) -> Self {
        Self {
            mailed_at: Some(at),
            failures: 0,
            ..self
        }
    }

    /// The same, after a mail that could not be sent. One that is refused for good need not be tried at once.
    pub fn failed(self, error: &MailError) -> Self {
        let failures = match error.is_for_good() {
            true => MOST_ATTEMPTS,
            false => self.failures.saturating_add(1),
        };
        Self { failures, ..self }
    }

    /// Whether it is left to the reconciler: the trainer's other work goes on.
    pub fn is_left(&self) -> bool {
        self.failures >= MOST_ATTEMPTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_never_printed() {
        let invitation = Invitation::new("https://tool.example/canary".into());
        assert!(!format!("{invitation:?}").contains("canary"));
    }
}
