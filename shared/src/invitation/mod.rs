//! Invitations that the tool does not send itself. They are mailed if a mail server is configured.
//!
//! The link is a secret and the address is personal data: neither appears in a log or an error.

mod link;
mod mailer;
mod text;

pub use link::LONGEST_LINK;
pub use mailer::{MailError, Mailer, MailerError};

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Number of failed mails that delay the trainer's other work. After that the reconciler retries the mail.
const MOST_ATTEMPTS: u32 = 3;

/// An invitation for a person. `Debug` does not show the link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// The link that the person opens. Another link is another invitation.
    pub link: String,
    /// Time of mailing.
    pub mailed_at: Option<Timestamp>,
    /// Number of failed mails.
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
    /// An invitation that was not mailed yet.
    pub fn new(link: String) -> Self {
        Self {
            link,
            mailed_at: None,
            failures: 0,
        }
    }

    /// The invitation after mailing.
    pub fn mailed(self, at: Timestamp) -> Self {
        Self {
            mailed_at: Some(at),
            failures: 0,
            ..self
        }
    }

    /// The invitation after a failed mail. After a permanent refusal it is not retried at once.
    pub fn failed(self, error: &MailError) -> Self {
        let failures = match error.is_for_good() {
            true => MOST_ATTEMPTS,
            false => self.failures.saturating_add(1),
        };
        Self { failures, ..self }
    }

    /// Whether only the reconciler retries it, so that the trainer's other work continues.
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
