//! What we last did about a trainer's access to a project.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Key, Ledger, LedgerError};
use crate::ids::{ProjectId, TrainerId};
use crate::invitation::Invitation;

/// What we last did about one trainer's access to one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The project in the tool.
    pub project: ProjectId,
    /// Where it stands.
    pub state: AccessState,
    /// Since when.
    pub at: Timestamp,
    /// What stood in the way the last time, if anything did.
    pub trouble: Option<Trouble>,
    /// What has to reach the person before they are in, while they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
}

/// Where access stands. Intents are written before the tool is called, so that a crash in between never
/// leaves somebody in the tool whom the ledger doesn't know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessState {
    /// It is due, and there is no work e-mail to give it by.
    AwaitingEmail,
    /// The tool was asked, or is about to be: the person may be in.
    Granting,
    /// The person is in.
    Granted,
    /// The person has an invitation to accept.
    Invited,
    /// The tool was asked to take it away, or is about to be: the person may still be in.
    Removing,
    /// The person is out: the tool was read back.
    Removed,
}

/// What stood in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// What has to happen next.
    pub cause: Cause,
    /// What happened and what to do; free of personal data.
    pub reason: String,
}

/// What has to happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The data is wrong: no retry mends it.
    Wrong,
    /// An operator has to act; it is tried again meanwhile.
    Operator,
    /// It is tried again, and may work then.
    Transient,
}

impl Access {
    /// Whether the person may be in the tool now.
    pub fn may_be_in(&self) -> bool {
        use AccessState::{Granted, Granting, Invited, Removing};
        matches!(self.state, Granting | Granted | Invited | Removing)
    }
}

impl Ledger {
    /// Notes where a trainer's access to a project stands. The trainer's queue group is the only writer.
    /// An invitation that is being tried again is still the same one.
    pub async fn note_access(
        &self,
        trainer: &TrainerId,
        access: &Access,
    ) -> Result<(), LedgerError> {
        let sort = join("ACCESS", &[access.project.as_str()]);
        let key = Key::new(join("TRAINER", &[trainer.as_str()]), sort);
        let note = |old: Option<Access>| {
            let mut new = access.clone();
            if new.state == AccessState::Granting {
                new.invitation = old.and_then(|old| old.invitation);
            }
            Some(new)
        };
        self.update(&key, note).await.map(drop)
    }
}
