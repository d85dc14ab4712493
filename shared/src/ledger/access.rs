//! State of a trainer's access to a project.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::failure::Trouble;
use crate::model::ids::ProjectId;
use crate::model::invitation::Invitation;
use crate::model::person::Email;
use crate::tool::Proof;

/// Recorded state of one trainer's access to one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The project in the tool.
    pub project: ProjectId,
    /// The state of the access.
    pub state: AccessState,
    /// Time since which it has this state.
    pub at: Timestamp,
    /// Failure of the last attempt, if it failed.
    pub trouble: Option<Trouble>,
    /// The invitation that the person has to accept first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// Time since which the answer for the person has been "not found", without proof that the tool itself answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_found_since: Option<Timestamp>,
    /// Digest of the work e-mail by which access was granted. If the address changes, access is granted again by the
    /// new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted_by: Option<String>,
    /// The address to which an invitation was sent. The invitation can be accepted even after another address was
    /// stated. Erased with the other addresses.
    #[serde(default, skip_serializing)]
    pub invited: Option<Email>,
    /// Number of looks after the removal that found access still gone.
    #[serde(default, skip_serializing_if = "crate::model::is_default")]
    pub looks: u8,
    /// The only proof of the removal is "not found" for the account or the project. A person who is found later is
    /// removed again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_absence: bool,
    /// Whether the person was a member before the first grant.
    #[serde(default)]
    pub earlier: Earlier,
    /// Why an operator settled the removal: the tool has not proven it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<String>,
    /// What was read back after the removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// No audit row contains this state yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unrecorded: bool,
}

/// Whether a person was a member of the project, or of the organisation where a seat spans it, before the bridge first
/// granted them access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Earlier {
    /// Not a member, or not looked up before the first grant.
    #[default]
    No,
    /// No access was granted yet. Membership is looked up first.
    Open,
    /// A member.
    Yes,
}

impl Earlier {
    /// Whether it is the default, which is not stored.
    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it with a reference"
    )]
    pub(super) fn is_no(&self) -> bool {
        *self == Self::No
    }
}

/// The state of an access. `Granting` and `Removing` are written before the tool is called, so that a crash in
/// between never leaves a member in the tool whom the ledger does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AccessState {
    /// Access is due, and there is no work e-mail to grant it by.
    AwaitingEmail,
    /// The tool was called, or is about to be: the person may have access.
    Granting,
    /// The person has access.
    Granted,
    /// The person has an invitation to accept.
    Invited,
    /// The tool was called to revoke access, or is about to be: the person may still have it.
    Removing,
    /// The project no longer needs the person, but another project needs their seat in the organisation. They may have
    /// access until the seat is removed.
    Released,
    /// Access is gone: the tool has proven it, or an operator settled it.
    Removed,
    /// The hire is over. The person was a member before it, and stays (`ON_END_OF_EARLIER_MEMBER=keep`).
    Kept,
}

/// Number of looks at an access after its removal.
pub const LOOKS: u8 = 2;

impl Access {
    /// An access with a state and the time since which it has it.
    pub fn new(project: &ProjectId, state: AccessState, at: Timestamp) -> Self {
        Self {
            project: project.clone(),
            state,
            at,
            trouble: None,
            invitation: None,
            not_found_since: None,
            granted_by: None,
            invited: None,
            looks: 0,
            by_absence: false,
            earlier: Earlier::No,
            settled: None,
            proof: None,
            unrecorded: true,
        }
    }

    /// Whether the person may have access in the tool now.
    pub fn may_be_in(&self) -> bool {
        use AccessState::{Released, Removing};
        self.is_held() || matches!(self.state, Released | Removing)
    }

    /// Whether the person has access, or is about to get it.
    pub fn is_held(&self) -> bool {
        use AccessState::{Granted, Granting, Invited};
        matches!(self.state, Granting | Granted | Invited)
    }

    /// Whether a look at the removed access is still to come.
    pub fn awaits_look(&self) -> bool {
        self.state == AccessState::Removed && self.looks < LOOKS
    }
}
