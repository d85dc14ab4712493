//! Access in Community: a seat in the organisation, with all of its projects.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::LabelStudio;
use super::call::read;
use super::people::{Seat, Seats};
use crate::outcome::{operator, unproven, unreadable};
use shared::model::ids::{MemberId, ProjectId};
use shared::model::lenient;
use shared::tool::{Granted, Membership, MembershipStatus, Person, ToolError};

/// Name of the list of seats, for messages.
pub(super) const MEMBERS: &str = "the organisation's members";

#[derive(Deserialize)]
struct Created {
    #[serde(deserialize_with = "lenient::whole")]
    id: u64,
}

impl LabelStudio {
    /// Ensures that the person has a seat, or the link to one.
    pub(super) async fn grant_access(
        &self,
        project: &ProjectId,
        person: &Person,
    ) -> Result<Granted, ToolError> {
        // A seat opens all projects, so a missing project would not be noticed otherwise.
        self.read_project(project).await?;
        let seats = self.seats(&Membership::of(person)).await?;
        let taken = seats.found.iter().find(|it| matches!(it, Seat::Taken(_)));
        match taken.or(seats.found.first()).cloned() {
            Some(Seat::Taken(id)) => self.use_seat(person, id).await,
            Some(Seat::OtherCase(id)) => Err(other_case(&id)),
            Some(Seat::Deleted(id)) => self.give_back(person, id).await,
            Some(Seat::Free) | None => self.invite(person).await,
        }
    }

    /// Grants access by an existing seat. A disabled account is enabled.
    async fn use_seat(&self, person: &Person, id: MemberId) -> Result<Granted, ToolError> {
        let owner = self.memory.own(&id, &person.trainer).await;
        if owner? != person.trainer {
            return Err(operator(format!(
                "account {id} has this work e-mail and is another trainer's account: correct its address at \
                 /admin/users/user/{id}/change/"
            )));
        }
        let was_off = match &self.admin {
            Some(admin) => admin.activate(&id).await?,
            None => false,
        };
        let is_known = person.accounts.contains(&id);
        let note = (was_off && !is_known).then(|| {
            format!(
                "account {id} has this work e-mail, was not known to the bridge and had been switched off: it is switched on \
                 now; check that it is theirs"
            )
        });
        Ok(Granted { note, ..active(id) })
    }

    /// Restores a seat that was removed before.
    async fn give_back(&self, person: &Person, id: MemberId) -> Result<Granted, ToolError> {
        let Some(admin) = &self.admin else {
            return Err(self.by_hand(&id).await?);
        };
        let membership = self.membership(&id).await?.proven();
        let membership = membership.map_err(|odd| unproven(MEMBERS, &odd))?;
        let membership = membership.ok_or_else(still_out)?;
        admin.activate(&id).await?;
        admin.reinstate(membership).await?;
        match self.seat_of(&id).await? {
            Seat::Taken(id) => self.use_seat(person, id).await,
            _ => Err(still_out()),
        }
    }

    /// Invites a person without a seat. Members never see the address of a removed account; a superuser can find it.
    async fn invite(&self, person: &Person) -> Result<Granted, ToolError> {
        if let Some(admin) = &self.admin
            && let Some(id) = admin.find(&person.email).await?
            && let Seat::Deleted(id) = self.seat_of(&id).await?
        {
            return self.give_back(person, id).await;
        }
        match self.sign_on {
            true => self.create(person).await,
            false => invited(self.invite_link().await?),
        }
    }

    /// The person's current access. If an invitation was accepted, its link is replaced, because it stays valid.
    pub(super) async fn seat_access(
        &self,
        person: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        let seats = self.seats(person).await?;
        for seat in &seats.found {
            if let Seat::Taken(id) = seat {
                if seats.is_new(id) {
                    self.accepted(person, &seats).await?;
                }
                return Ok(Some(active(id.clone())));
            }
        }
        if !seats.found.is_empty() {
            return Ok(None);
        }
        if person.let_in {
            return invited(self.invite_link().await?).map(Some);
        }
        match seats.unreadable.is_empty() {
            true => Ok(None),
            false => Err(unproven(MEMBERS, &seats.unreadable)),
        }
    }

    /// Handles an accepted invitation. Its link would open a second account, so it is replaced, unless it was replaced
    /// since the person signed up.
    async fn accepted(&self, person: &Membership, seats: &Seats) -> Result<(), ToolError> {
        let mut is_dead = person.let_in;
        for new in &seats.new {
            let owner = self.memory.own(&new.id, &person.trainer).await;
            owner?;
            is_dead &= self.was_rotated_since(new.joined);
        }
        match person.let_in && !is_dead {
            true => self.rotate_invite().await,
            false => Ok(()),
        }
    }

    /// `POST /api/users/`: an account with login through SSO only.
    async fn create(&self, person: &Person) -> Result<Granted, ToolError> {
        let organization = self.organization().await?;
        let email = person.email.expose();
        let body = json!({
            "email": email,
            "username": email,
            "active_organization": organization,
        });
        let url = self.folder(&["api", "users"])?;
        let answer = self.call(Method::POST, url, Some(&body)).await?;
        match answer.status {
            StatusCode::CREATED | StatusCode::OK => {
                let created: Created = read(&answer)?;
                let id = MemberId::new(created.id.to_string());
                let owner = self.memory.own(&id, &person.trainer).await;
                owner?;
                Ok(active(id))
            }
            StatusCode::BAD_REQUEST if is_taken(answer.json().ok().as_ref()) => Err(operator(
                "Label Studio has an account with this work e-mail already, outside of the organisation or removed \
                 from it: find it in the admin (/admin/users/user/) and add it to the organisation \
                 (/admin/organizations/organizationmember/); the grant then continues by itself",
            )),
            _ => Err(self.refused(&answer, &[email])),
        }
    }

    /// The error for a deleted seat, which only the admin's form can restore.
    async fn by_hand(&self, id: &MemberId) -> Result<ToolError, ToolError> {
        let list = self.path(&["admin", "organizations", "organizationmember"])?;
        let place = match self.membership(id).await?.found() {
            Some(membership) => format!("{list}/{membership}/change/"),
            None => format!("{list}/"),
        };
        Ok(operator(format!(
            "account {id} was removed from the organisation before, and Label Studio's API can't restore it: empty \
             both fields of `Deleted at` at {place} and save; or set TOOL_ADMIN_EMAIL and TOOL_ADMIN_PASSWORD, and the \
             bridge does it"
        )))
    }
}

fn active(member: MemberId) -> Granted {
    Granted::new(Some(member), MembershipStatus::Active)
}

fn invited(link: String) -> Result<Granted, ToolError> {
    Ok(Granted::new(None, MembershipStatus::invited(link)?))
}

fn other_case(id: &MemberId) -> ToolError {
    operator(format!(
        "account {id} has this work e-mail in another spelling of upper and lower case, and cannot be used to log in: \
         write its address in lower case at /admin/users/user/{id}/change/; the grant then continues by itself"
    ))
}

fn still_out() -> ToolError {
    unreadable("still not a member of the organisation after the admin's form restored the seat")
}

/// Whether the answer means that the address is taken: only then has it a list of messages for `email`.
fn is_taken(body: Option<&Value>) -> bool {
    body.is_some_and(|body| body["validation_errors"]["email"].is_array())
}
