//! Removal in Community: disables the person's accounts, removes their seats, and replaces the invitation link.

use reqwest::{Method, StatusCode};

use super::LabelStudio;
use super::community::MEMBERS;
use super::people::{Seat, Seats};
use crate::outcome::{Failed, operator, unproven, unreadable};
use shared::model::ids::MemberId;
use shared::tool::{Account, Membership, Proof, Removed, ToolError};

impl LabelStudio {
    /// Disables the person's accounts, removes their seats, reads that back, and replaces the link. A failed step does
    /// not stop the others.
    ///
    /// The link is replaced before the seats are read, because it could be used to sign up in between. Members can read
    /// the new link while they have a seat, so it is replaced again after them.
    pub(super) async fn revoke(&self, person: &Membership) -> Result<Removed, ToolError> {
        if person.is_unknown() {
            self.may_remove().await?;
            return Ok(Removed::Proven(Proof::NeverThere));
        }
        let mut failed = Failed::default();
        if person.let_in {
            failed.note(self.rotate_invite().await);
        }
        let seats = self.some_seats(&self.with_noted(person).await?).await?;
        self.note_new(person, &seats).await?;
        for seat in &seats.found {
            let Some(id) = seat.member() else { continue };
            if let Some(admin) = &self.admin {
                failed.note(admin.deactivate(id).await);
            }
            if !matches!(seat, Seat::Deleted(_)) {
                failed.note(self.delete(id).await);
            }
        }
        if !seats.found.is_empty() {
            failed.note(self.rotate_invite().await);
        }
        failed.note(seats.failed.result());
        failed.result()?;
        if !seats.unreadable.is_empty() {
            return Err(unproven(MEMBERS, &seats.unreadable));
        }
        Ok(Removed::Proven(
            match (seats.found.is_empty(), person.let_in) {
                (false, _) => Proof::Account,
                (true, true) => Proof::Invitation,
                (true, false) => Proof::MemberList,
            },
        ))
    }

    /// Adds the accounts that an earlier removal has found, because the address of a removed account is hidden.
    async fn with_noted(&self, person: &Membership) -> Result<Membership, ToolError> {
        let mut person = person.clone();
        let noted = self.memory.accounts(&person.trainer).await;
        let noted = noted?.into_iter();
        let noted = noted.filter(|it| it.is_by(&person.emails));
        let noted: Vec<_> = noted.filter_map(|it| it.account).collect();
        for id in noted {
            if !person.accounts.contains(&id) {
                person.accounts.push(id);
            }
        }
        Ok(person)
    }

    /// Records the accounts that were found by their address, for a repeated removal.
    async fn note_new(&self, person: &Membership, seats: &Seats) -> Result<(), ToolError> {
        for new in &seats.new {
            let account = Account {
                made_at: self.clock.now(),
                account: Some(new.id.clone()),
                claimed: true,
                by: Some(new.by.digest()),
            };
            let noted = self.memory.note_account(&person.trainer, &account).await;
            noted?;
        }
        Ok(())
    }

    /// `DELETE …/memberships/{user}/`, then reads it back.
    async fn delete(&self, id: &MemberId) -> Result<(), ToolError> {
        let organization = self.organization().await?.to_string();
        let path = [
            "api",
            "organizations",
            &organization,
            "memberships",
            id.as_str(),
        ];
        let answer = self.call(Method::DELETE, self.folder(&path)?, None).await?;
        match answer.status {
            StatusCode::NO_CONTENT => {}
            StatusCode::NOT_FOUND if answer.is_json() => {}
            StatusCode::METHOD_NOT_ALLOWED => {
                return Err(operator(format!(
                    "account {id} is the one that TOOL_API_TOKEN belongs to, and no account can remove itself: set \
                     TOOL_API_TOKEN to a token of an account that no trainer uses"
                )));
            }
            _ => return Err(self.refused(&answer, &[])),
        }
        match self.seat_of(id).await? {
            Seat::Deleted(_) | Seat::Free => Ok(()),
            Seat::Taken(_) | Seat::OtherCase(_) => Err(unreadable(
                "still a member after the removal: Label Studio reported success but did not do it",
            )),
        }
    }

    async fn may_remove(&self) -> Result<(), ToolError> {
        match self.is_creator().await? {
            true => Ok(()),
            false => Err(operator(
                "TOOL_API_TOKEN is not of the account that created the organisation, and no other account can remove \
                 members: set it to a token of that account",
            )),
        }
    }
}
