//! An invitation that the bridge mails because the tool does not.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Maximum number of bytes of a link. A row of the ledger contains it, and mail programs cut longer ones.
pub const LONGEST_LINK: usize = 2048;

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
    pub fn failed(self, is_permanent: bool) -> Self {
        let failures = match is_permanent {
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
