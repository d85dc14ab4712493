//! What was last done about a trainer's access to a project.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::failure::Trouble;
use crate::model::ids::ProjectId;
use crate::model::invitation::Invitation;
use crate::model::person::Email;
use crate::tool::Proof;

/// What was last done about one trainer's access to one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The project in the tool.
    pub project: ProjectId,
    /// The state of the access.
    pub state: AccessState,
    /// Since when.
    pub at: Timestamp,
    /// What failed the last time, if something did.
    pub trouble: Option<Trouble>,
    /// The invitation that the person has to accept first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// Since when the tool has answered "not found" for the person without proof that it speaks for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_found_since: Option<Timestamp>,
    /// A digest of the work e-mail that access was granted by: a new address is passed on to the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted_by: Option<String>,
    /// The address that an invitation was sent to: it can be accepted after another address was stated. Erased with the
    /// other addresses.
    #[serde(default, skip_serializing)]
    pub invited: Option<Email>,
    /// How often it was looked up after the removal that it lasts.
    #[serde(default, skip_serializing_if = "crate::model::is_default")]
    pub looks: u8,
    /// The removal rests on "not found" alone, about the account or the project. A person who is found later is removed
    /// again.
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
    /// They were not, or it was not looked up before they were granted access.
    #[default]
    No,
    /// They have not been granted access yet: it is looked up first.
    Open,
    /// They were.
    Yes,
}

impl Earlier {
    /// Whether it is the value that is not stored.
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
    /// The tool was called, or is about to be: the person may be in.
    Granting,
    /// The person is in.
    Granted,
    /// The person has an invitation to accept.
    Invited,
    /// The tool was called to revoke it, or is about to be: the person may still be in.
    Removing,
    /// The project no longer needs the person, whose seat in the organisation another project still needs: the
    /// person may be in until the seat is removed as well.
    Released,
    /// The person is out, as the tool confirmed.
    Removed,
    /// The hire is over. The person was a member before it, and stays (`ON_END_OF_EARLIER_MEMBER=keep`).
    Kept,
}

/// Looks at an access after its removal.
pub const LOOKS: u8 = 2;

impl Access {
    /// An access in a state since a moment, with nothing else known of it.
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

    /// Whether the person may be in the tool now.
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
