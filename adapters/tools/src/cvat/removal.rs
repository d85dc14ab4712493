//! Revoking access, and what proves that it is gone.

use reqwest::{Method, StatusCode};

use super::Cvat;
use super::member::{Accounts, Known, MEMBERS, Member, User};
use crate::outcome::{is_number, operator, unproven};
use shared::model::ids::ProjectId;
use shared::model::json::Listing;
use shared::tool::{Account, Membership, Proof, Removed, ToolError};

impl Cvat {
    /// Removes the person from the organisation: first from all that is assigned to them, which they could work on
    /// without a membership, then as a member. Both are read back. A step that fails keeps back no other.
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

    /// Takes from the person what is assigned to them in one project, whether or not they are still a member.
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

    /// Notes accounts that were found by address. CVAT hides them once they are removed, and a retry needs their id.
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

    /// No account is known, and none has one of the addresses. CVAT shows addresses to administrators alone: for others a
    /// member may be the person, under any user name.
    async fn without_account(&self, person: &Membership, me: &User) -> Result<Removed, ToolError> {
        if me.is_admin() {
            return Ok(Removed::Proven(Proof::MemberList));
        }
        // An invitation that was about to be sent, and whose result was lost, may have made such a member.
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

    /// Whether a member is neither an account of a trainer nor the token's owner nor the organisation's.
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

    /// CVAT does not return which account it is.
    pub(super) fn unknown(&self) -> String {
        format!(
            "they may be a member of the organisation `{}`, under a user name that CVAT does not tell by e-mail: remove \
             that account by hand, then `bridge reconcile`; the token of a server administrator finds it by itself. If they are \
             no member, settle the removal with `bridge settle`",
            self.options.organization
        )
    }
}
