//! Members of a project.

use std::fmt;

use serde::Serialize;

use super::{floor::Floor, project::ToolMisuse};

/// Status of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberStatus {
    /// Can work.
    Active,
    /// Can work after accepting the invitation.
    Invited,
}

/// A member of a project.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// OpenTrain's user id.
    pub trainer_id: String,
    /// The work e-mail with which they were added.
    pub email: String,
    /// The tool's own id of the membership; a new one after leaving and returning.
    pub member_id: String,
    /// Status of the member.
    pub status: MemberStatus,
    /// The masked name.
    pub display_name: String,
    /// The country.
    pub country: Option<String>,
    /// The profile's page.
    pub profile_url: Option<String>,
}

impl fmt::Debug for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Member")
            .field("trainer_id", &self.trainer_id)
            .field("member_id", &self.member_id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Number of writes of a member, with or without an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    /// Executed `PUT`s, including repeats.
    pub puts: u64,
    /// Executed `DELETE`s, including those without a member.
    pub deletes: u64,
}

impl Floor {
    pub(crate) fn accept_invite(&mut self, project: &str, trainer: &str) -> Result<(), ToolMisuse> {
        let member = self.project_mut(project)?.members.get_mut(trainer);
        let member = member.ok_or(ToolMisuse::Unknown("member"))?;
        if member.status != MemberStatus::Invited {
            return Err(ToolMisuse::NotInvited);
        }
        member.status = MemberStatus::Active;
        Ok(())
    }

    /// Adds or updates a member. Returns whether they are new.
    pub(crate) fn put_member(&mut self, project: &str, mut member: Member) -> (Member, bool) {
        self.writes_mut(project, &member.trainer_id).puts += 1;
        let invites = self.invites;
        let number = self.next_member;
        let Some(row) = self.projects.get_mut(project) else {
            return (member, false);
        };
        let known = row.members.get(&member.trainer_id);
        let is_new = known.is_none();
        if let Some(known) = known {
            member.member_id.clone_from(&known.member_id);
            member.status = known.status;
        } else {
            member.member_id = format!("mem/{number}");
            self.next_member += 1;
            if invites {
                member.status = MemberStatus::Invited;
            }
        }
        row.members
            .insert(member.trainer_id.clone(), member.clone());
        (member, is_new)
    }

    pub(crate) fn writes_mut(&mut self, project: &str, trainer: &str) -> &mut Writes {
        let key = (project.to_owned(), trainer.to_owned());
        self.writes.entry(key).or_default()
    }
}
