//! Conversations between an employer and a trainer.

use jiff::Timestamp;

use super::account::is_email;

pub(crate) const LONGEST_MESSAGE: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    /// About a contract's job.
    Job,
    /// About a proposal.
    Proposal,
}

impl Bucket {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Proposal => "proposal",
        }
    }

    /// `type` of the conversation.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Job => "JOB_DM",
            Self::Proposal => "PROPOSAL",
        }
    }
}

pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) organization: String,
    pub(crate) bucket: Bucket,
    pub(crate) job: String,
    pub(crate) proposal: Option<String>,
    pub(crate) trainer: String,
    pub(crate) updated: Timestamp,
    /// Oldest first.
    pub(crate) messages: Vec<Message>,
}

#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) sent: Timestamp,
    pub(crate) sender: String,
    /// Sent by the employer's side.
    pub(crate) from_employer: bool,
    pub(crate) content: String,
}

impl Conversation {
    /// The trainer's messages since the employer's last one.
    pub(crate) fn unanswered(&self) -> usize {
        let newest = self.messages.iter().rev();
        newest.take_while(|own| !own.from_employer).count()
    }

    pub(crate) fn employer_wrote(&self) -> bool {
        self.messages.iter().any(|own| own.from_employer)
    }
}

/// Whether a message has an e-mail address, which the policy for messages forbids.
pub(crate) fn shares_contact(content: &str) -> bool {
    content.split_whitespace().any(is_email)
}
