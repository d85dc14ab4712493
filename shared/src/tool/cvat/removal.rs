//! Revoking access, and what proves that it is gone.

use reqwest::{Method, StatusCode};

use super::Cvat;
use super::member::Member;
use crate::ids::ProjectId;
use crate::tool::outcome::{no_memory, operator};
use crate::tool::{Membership, Proof, Removed, ToolError};

impl Cvat {
    /// Removes the person from the organisation: first from all that is assigned to them, which they could work on
    /// without a membership, then as a member. Both are read back.
    pub(super) async fn take_out(&self, person: &Membership) -> Result<Removed, ToolError> {
        if person.is_unknown() {
            return Ok(Removed::Proven(Proof::NeverThere));
        }
        let accounts = self.accounts(person).await?;
        self.unassign(&accounts, None).await?;
        let mut was_invited = false;
        for member in accounts.iter().filter_map(|it| it.member.as_ref()) {
            was_invited |= !member.is_active;
            self.remove_member(member).await?;
        }
        if accounts.is_empty() {
            return self.without_account(person).await;
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
        let accounts = self.accounts(person).await?;
        self.unassign(&accounts, Some(project)).await?;
        Ok(Removed::Proven(Proof::Account))
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

    /// No account is known, and none has one of the addresses. If an invitation was about to be sent and its result
    /// was lost, an account with another user name may have been made a member.
    async fn without_account(&self, person: &Membership) -> Result<Removed, ToolError> {
        let memory = self.memory.account(&person.trainer).await;
        Ok(match memory.map_err(no_memory)? {
            Some(_) => Removed::Unconfirmed(self.unknown()),
            None => Removed::Proven(Proof::NeverThere),
        })
    }

    /// CVAT does not tell which account it is.
    pub(super) fn unknown(&self) -> String {
        format!(
            "they may be a member of the organisation `{}`, under a user name that CVAT does not tell by e-mail: remove \
             that account by hand, then `bridge reconcile`; the token of a server administrator finds it by itself",
            self.options.organization
        )
    }
}
