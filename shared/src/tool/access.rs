//! Access of a person in the tool.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ToolError;
use crate::model::ids::{MemberId, ProjectId, TrainerId};
use crate::model::invitation::LONGEST_LINK;
use crate::model::person::Email;

/// A person to grant access to. `Debug` only shows the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// OpenTrain's user id.
    pub trainer: TrainerId,
    /// The work e-mail.
    pub email: Email,
    /// The masked name.
    pub display_name: Option<String>,
    /// ISO country.
    pub country: Option<String>,
    /// The public profile at OpenTrain.
    pub profile_url: Option<String>,
    /// The tool's ids of the accounts that the person had through the bridge, newest first.
    pub accounts: Vec<MemberId>,
    /// Whether the person had access before, and all of it was revoked.
    pub returns: bool,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({}, …)", self.trainer)
    }
}

/// A person who may have access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// OpenTrain's user id.
    pub trainer: TrainerId,
    /// The tool's ids of all accounts that the person had through the bridge, newest first.
    pub accounts: Vec<MemberId>,
    /// All addresses that the person may have in the tool, newest first.
    pub emails: Vec<Email>,
    /// Whether the bridge may have granted the person access, or sent an invitation.
    pub let_in: bool,
    /// Whether the ledger has had each hire of the person since its start. Then an invitation that is not recorded was
    /// never sent.
    pub witnessed: bool,
    /// Other projects in which live hires of the person need an invitation. A tool that can only withdraw all
    /// invitations of an address at once sends these again.
    pub keeps: Vec<Kept>,
}

/// A project in which a person's invitation stays valid, with the address from its organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The project.
    pub project: ProjectId,
    /// The address.
    pub email: Email,
}

impl Membership {
    /// The membership to look for before a grant to this person.
    pub fn of(person: &Person) -> Self {
        Self {
            trainer: person.trainer.clone(),
            accounts: person.accounts.clone(),
            emails: vec![person.email.clone()],
            let_in: false,
            witnessed: true,
            keeps: Vec::new(),
        }
    }

    /// Whether the bridge never granted the person access and has no account or address of the person.
    pub fn is_unknown(&self) -> bool {
        !self.let_in && self.accounts.is_empty() && self.emails.is_empty()
    }
}

/// The access that a person has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The tool's own id of the account; an invited person may have none.
    pub member: Option<MemberId>,
    /// Whether the person can work now.
    pub status: MembershipStatus,
    /// A remark for the operator although the access is right; free of personal data.
    pub note: Option<String>,
}

impl Granted {
    /// An account with this status.
    pub fn new(member: Option<MemberId>, status: MembershipStatus) -> Self {
        Self {
            member,
            status,
            note: None,
        }
    }
}

/// Result of a removal that the tool did not refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Removed {
    /// The person has no access.
    Proven(Proof),
    /// The tool's URL answers "not found" in a form that may come from a proxy, and the tool itself knows the project.
    /// The reason is free of personal data. Two such answers, with `CONFIRM_AFTER` in between, are
    /// [`Proof::TwiceNotFound`].
    NotFound(String),
    /// The tool did not refuse, but nothing proves that the person has no access. The reason is free of personal data.
    /// The removal is retried.
    Unconfirmed(String),
}

/// Proof that a person has no access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The bridge never granted the person access and has no account or address of the person.
    NeverThere,
    /// For each account id, the tool's own JSON reports no access, a disabled account or a deleted account. Or the tool
    /// confirmed our DELETE, and then the account was not found.
    Account,
    /// The complete list of members contains none of the account ids and none of the addresses.
    MemberList,
    /// The invitation was withdrawn, and reading it back confirmed that.
    Invitation,
    /// The account was not found in two checks that are far enough apart. See [`Removed::NotFound`].
    TwiceNotFound,
    /// The tool itself reports that the project does not exist, so it has no members.
    ProjectDeleted,
}

impl Proof {
    /// Description of the proof.
    pub fn name(self) -> &'static str {
        match self {
            Self::NeverThere => "the bridge never granted access",
            Self::Account => "the account has no access",
            Self::MemberList => "the list of members",
            Self::Invitation => "the invitation is withdrawn",
            Self::TwiceNotFound => "not found, twice",
            Self::ProjectDeleted => "the project does not exist",
        }
    }
}

/// A member of a project or an organisation, or an open invitation to it. `Debug` only shows the id.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    /// The tool's own id of the account; an invitation may have none.
    pub account: Option<MemberId>,
    /// The address, if the tool shows it.
    pub email: Option<Email>,
    /// Whether this is an invitation that is not accepted yet.
    pub invited: bool,
}

impl Member {
    /// Whether this is one of the person's accounts, or has one of the person's addresses.
    pub fn is_of(&self, person: &Membership) -> bool {
        let by_id = self.account.as_ref();
        let by_email = self.email.as_ref();
        by_id.is_some_and(|id| person.accounts.contains(id))
            || by_email.is_some_and(|email| person.emails.contains(email))
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member({:?}, …)", self.account)
    }
}

/// Whether a person with granted access can work now. `Debug` does not show the link.
#[derive(Clone, PartialEq, Eq)]
pub enum MembershipStatus {
    /// They can work.
    Active,
    /// They must accept an invitation first. Contains the link if the tool does not send it itself; the link is a
    /// secret.
    Invited(Option<String>),
    /// An account was created for the person, who can't log in to it yet. Contains the action for the operator, free of
    /// personal data.
    Unclaimed(String),
}

impl fmt::Debug for MembershipStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => f.write_str("Active"),
            Self::Invited(Some(_)) => f.write_str("Invited(with a link, …)"),
            Self::Invited(None) => f.write_str("Invited"),
            Self::Unclaimed(what) => f.debug_tuple("Unclaimed").field(what).finish(),
        }
    }
}

impl MembershipStatus {
    /// Invited, with the link to send.
    ///
    /// # Errors
    /// If the link is too long to be stored.
    pub fn invited(link: String) -> Result<Self, ToolError> {
        match link.len() {
            ..=LONGEST_LINK => Ok(Self::Invited(Some(link))),
            _ => Err(ToolError::unreadable(format!(
                "the invitation link has more than {LONGEST_LINK} bytes"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_never_printed() {
        let status = MembershipStatus::invited("https://tool.example/canary".into()).unwrap();
        let granted = Granted::new(None, status);
        assert!(!format!("{granted:?}").contains("canary"));
    }
}
