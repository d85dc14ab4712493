//! Access in Community: a seat in the organisation, with all of its projects.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::outcome::{operator, unproven, unreadable};
use super::LabelStudio;
use super::call::read;
use super::people::Seat;
use crate::ids::{MemberId, ProjectId};
use crate::lenient;
use crate::tool::{Granted, Membership, Person, Standing, ToolError};

/// The list that seats are looked for in.
const MEMBERS: &str = "the organisation's members";

#[derive(Deserialize)]
struct Created {
    #[serde(deserialize_with = "lenient::whole")]
    id: u64,
}

impl LabelStudio {
    /// Makes sure that the person has a seat, or the link to one.
    pub(super) async fn let_in(
        &self,
        project: &ProjectId,
        person: &Person,
    ) -> Result<Granted, ToolError> {
        // A seat opens all projects: whether this one is there nobody else would notice.
        self.read_project(project).await?;
        let seat = self
            .seat(person.accounts.first(), Some(&person.email))
            .await?;
        match (seat, &self.admin) {
            (Seat::Taken(id), Some(admin)) if !person.accounts.is_empty() => {
                // Somebody whom we took out before may have been given the seat back, and no more.
                admin.activate(&id).await?;
                Ok(active(id))
            }
            (Seat::Taken(id), _) => Ok(active(id)),
            (Seat::OtherCase(id), _) => Err(other_case(&id)),
            (Seat::Deleted(id), Some(admin)) => {
                let membership = self.membership(&id).await?.proven();
                let membership = membership.map_err(|odd| unproven(MEMBERS, &odd))?;
                let membership = membership.ok_or_else(still_out)?;
                admin.activate(&id).await?;
                admin.reinstate(membership).await?;
                match self.seat_of(&id).await? {
                    Seat::Taken(id) => Ok(active(id)),
                    _ => Err(still_out()),
                }
            }
            (Seat::Deleted(id), None) => Err(self.by_hand(&id).await?),
            // Whoever has a seat already loses nothing by an invitation.
            (Seat::Free | Seat::Unknown(_), _) if self.sign_on => self.create(person).await,
            (Seat::Free | Seat::Unknown(_), _) => Ok(Granted::new(
                None,
                Standing::Invited(Some(self.invite_link().await?)),
            )),
        }
    }

    /// Takes the person's seat away, reads that back, and makes the links that are out there worthless.
    pub(super) async fn take_out(&self, member: &Membership) -> Result<(), ToolError> {
        let seat = self
            .seat(member.accounts.first(), member.emails.first())
            .await?;
        let Some(id) = seat.member() else {
            // Whoever was only invited has the link.
            match member.let_in {
                true => self.rotate_invite().await?,
                false => self.may_remove().await?,
            }
            return match &seat {
                Seat::Unknown(odd) => Err(unproven(MEMBERS, odd)),
                _ => Ok(()),
            };
        };
        if !matches!(seat, Seat::Deleted(_)) {
            self.delete(id).await?;
        }
        if let Some(admin) = &self.admin {
            admin.deactivate(id).await?;
        }
        // Also after a removal that was cut off before it came to this.
        self.rotate_invite().await
    }

    /// What the person has now. Nobody who was never let in is invited by our looking.
    pub(super) async fn standing(&self, member: &Membership) -> Result<Option<Granted>, ToolError> {
        let seat = self
            .seat(member.accounts.first(), member.emails.first())
            .await?;
        Ok(match seat {
            Seat::Taken(id) => Some(active(id)),
            Seat::OtherCase(_) | Seat::Deleted(_) => None,
            Seat::Free | Seat::Unknown(_) if member.let_in => Some(Granted::new(
                None,
                Standing::Invited(Some(self.invite_link().await?)),
            )),
            Seat::Free => None,
            Seat::Unknown(odd) => return Err(unproven(MEMBERS, &odd)),
        })
    }

    /// `DELETE …/memberships/{user}/`, and a look whether it is true.
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
                    "account {id} is the one that TOOL_API_TOKEN belongs to, and nobody can remove themselves: set \
                     TOOL_API_TOKEN to a token of an account that nobody works with"
                )));
            }
            _ => return Err(self.refused(&answer, &[])),
        }
        match self.seat_of(id).await? {
            Seat::Deleted(_) | Seat::Free => Ok(()),
            Seat::Unknown(odd) => Err(unproven(MEMBERS, &odd)),
            Seat::Taken(_) | Seat::OtherCase(_) => Err(unreadable(
                "still a member after the removal: Label Studio said yes and did not do it",
            )),
        }
    }

    async fn may_remove(&self) -> Result<(), ToolError> {
        match self.is_creator().await? {
            true => Ok(()),
            false => Err(operator(
                "TOOL_API_TOKEN is not of the account that created the organisation, and nobody else can remove \
                 members: set it to a token of that account",
            )),
        }
    }

    /// `POST /api/users/`: an account that nobody can log in to but through SSO.
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
                Ok(active(MemberId::new(created.id.to_string())))
            }
            StatusCode::BAD_REQUEST if is_taken(answer.json().ok().as_ref()) => Err(operator(
                "Label Studio has an account with this work e-mail already, outside of the organisation or removed \
                 from it: find it in the admin (/admin/users/user/) and put it into the organisation \
                 (/admin/organizations/organizationmember/); the access goes on by itself then",
            )),
            _ => Err(self.refused(&answer, &[email])),
        }
    }

    /// Only the admin's form gives a deleted seat back.
    async fn by_hand(&self, id: &MemberId) -> Result<ToolError, ToolError> {
        let list = self.path(&["admin", "organizations", "organizationmember"])?;
        let place = match self.membership(id).await?.found() {
            Some(membership) => format!("{list}/{membership}/change/"),
            None => format!("{list}/"),
        };
        Ok(operator(format!(
            "account {id} was removed from the organisation before, and Label Studio's API can't take it back: empty \
             both fields of `Deleted at` at {place} and save; or set TOOL_ADMIN_EMAIL and TOOL_ADMIN_PASSWORD, and the \
             bridge does it"
        )))
    }
}

fn active(member: MemberId) -> Granted {
    Granted::new(Some(member), Standing::Active)
}

fn other_case(id: &MemberId) -> ToolError {
    operator(format!(
        "account {id} has this work e-mail in another spelling of upper and lower case, and nobody can log in to it: \
         write its address in lower case at /admin/users/user/{id}/change/; the access goes on by itself then"
    ))
}

fn still_out() -> ToolError {
    unreadable("still out of the organisation after the admin's form took the person back")
}

/// The one refusal whose cause is told by a list of messages for `email`.
fn is_taken(body: Option<&Value>) -> bool {
    body.is_some_and(|body| body["validation_errors"]["email"].is_array())
}
