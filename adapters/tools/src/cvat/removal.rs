//! Revokes access, and proves the removal.

use reqwest::{Method, StatusCode};

use super::Cvat;
use super::member::{Accounts, Known, MEMBERS, Member, User};
use crate::outcome::{is_number, operator, unproven};
use shared::model::ids::ProjectId;
use shared::model::json::Listing;
use shared::tool::{Account, Membership, Proof, Removed, ToolError};

impl Cvat {
    /// Removes the person's assignments, which give access without a membership, and then the membership. Both are read
    /// back. A failed step does not stop the others.
    pub(super) async fn revoke(&self, person: &Membership) -> Result<Removed, ToolError> {
        if person.is_unknown() {
            return Ok(Removed::Proven(Proof::NeverThere));
        }
        let Accounts { found, mut failed } = self.accounts(person).await?;
        self.remember(person, &found).await?;
        failed.note(self.unassign(&found, None).await);
        let mut was_invited = false;
        for member in found.iter().filter_map(|it| it.member.as_ref()) {
            was_invited |= !member.is_active;
            failed.note(self.remove_member(member).await);
        }
        failed.result()?;
        let me = self.sees_all().await?;
        if found.is_empty() {
            return self.without_account(person, &me).await;
        }
        Ok(Removed::Proven(match was_invited {
            true => Proof::Invitation,
            false => Proof::Account,
        }))
    }

    /// Removes the person's assignments in one project, whether or not the person is still a member.
    pub(super) async fn release_from(
        &self,
        project: &ProjectId,
        person: &Membership,
    ) -> Result<Removed, ToolError> {
        if !is_number(project) {
            return Ok(Removed::Proven(Proof::NeverThere));
        }
        let Accounts { found, mut failed } = self.accounts(person).await?;
        failed.note(self.unassign(&found, Some(project)).await);
        failed.result()?;
        self.sees_all().await?;
        Ok(Removed::Proven(Proof::Account))
    }

    /// Records accounts that were found by address. CVAT hides them once they are removed, and a retry needs their ids.
    async fn remember(&self, person: &Membership, found: &[Known]) -> Result<(), ToolError> {
        for known in found {
            let Some(by) = &known.by else { continue };
            let account = Account {
                made_at: self.clock.now(),
                account: Some(known.id.clone()),
                claimed: false,
                by: Some(by.digest()),
            };
            let noted = self.memory.note_account(&person.trainer, &account).await;
            noted?;
        }
        Ok(())
    }

    /// `DELETE /api/memberships/{id}`, read back.
    pub(super) async fn remove_member(&self, member: &Member) -> Result<(), ToolError> {
        let id = member.id.to_string();
        let path = ["memberships", id.as_str()];
        let answer = self.send(Method::DELETE, &path, &[], None).await?;
        let is_worker = member.role == "worker";
        match answer.status {
            status if status.is_success() => {}
            StatusCode::NOT_FOUND => {}
            StatusCode::FORBIDDEN if !is_worker => {
                return Err(operator(format!(
                    "user {} is {} of the organisation, and only its owner may remove them: make them a worker, or \
                     remove them by hand",
                    member.user.id,
                    self.http.plain(&member.role, &[])
                )));
            }
            status => {
                let denied = self.denied(status);
                return Err(denied.unwrap_or_else(|| self.refused(&answer, &[])));
            }
        }
        match self.member(&member.user).await? {
            None => Ok(()),
            Some(_) => Err(operator(
                "still a member after the removal: the organisation's owner can't be removed, and a token's owner can't \
                 remove themselves; hand the organisation over to another account",
            )),
        }
    }

    /// Decides if no account is known, and none has one of the addresses. CVAT shows addresses only to administrators.
    /// With another token, any member may be the person.
    async fn without_account(&self, person: &Membership, me: &User) -> Result<Removed, ToolError> {
        if me.is_admin() {
            return Ok(Removed::Proven(Proof::MemberList));
        }
        // If an invitation was about to be sent and its result was lost, it may have created the person's membership.
        if person.let_in
            && person.witnessed
            && self
                .invited(&person.trainer, &person.emails)
                .await?
                .is_empty()
        {
            // The bridge never sent an invitation.
            return Ok(Removed::Proven(Proof::NeverThere));
        }
        match self.has_unknown_member(me).await? {
            true => Err(operator(self.unknown())),
            false => Ok(Removed::Proven(Proof::MemberList)),
        }
    }

    /// Whether there is a member who is neither a known trainer nor the owner of the token or of the organisation.
    async fn has_unknown_member(&self, me: &User) -> Result<bool, ToolError> {
        let members: Listing<Member> = self.list("memberships", &[]).await?;
        let members = members.whole().map_err(|odd| unproven(MEMBERS, &odd))?;
        let others = members
            .iter()
            .filter(|it| it.user.id != me.id && it.role != "owner");
        for member in others {
            let owner = self.memory.owner(&member.user.member()).await;
            if owner?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The text for a person who may be a member under an unknown user name.
    pub(super) fn unknown(&self) -> String {
        format!(
            "they may be a member of the organisation `{}`, under a user name that CVAT can't find by e-mail: remove \
            that account by hand, then `bridge reconcile`; the token of a server administrator finds it by itself. If they are \
             no member, settle the removal with `bridge settle`",
            self.options.organization
        )
    }
}
