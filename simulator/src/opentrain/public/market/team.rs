//! The people of an organisation.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::conflict;
use crate::{
    kit::{
        clock::iso,
        refusal::Refusal,
        shape::{Shape, has, or_null},
    },
    opentrain::public::account::{Employer, Membership},
    opentrain::public::state::Market,
};

/// Host of an address to which no invitation can be sent.
pub(crate) const BOUNCING_HOST: &str = "bounce.invalid";

/// The answer of [`Market::team`].
pub(crate) const TEAM: Shape = Shape::Named(
    "Team",
    &[&[
        has("organization", ORGANIZATION),
        has("members", Shape::List(&MEMBER)),
        has("invites", Shape::List(&INVITE)),
    ]],
);
const ORGANIZATION: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("name", Shape::Text),
    has("ownerUserId", Shape::Text),
    or_null("ownerName", Shape::Text),
]);
const MEMBER: Shape = Shape::Object(&[
    has("userId", Shape::Text),
    has("role", Shape::OneOf(&["OWNER", "MEMBER"])),
    or_null("name", Shape::Text),
    or_null("email", Shape::Text),
    has("joinedAt", Shape::Time),
]);
const INVITE: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("email", Shape::Text),
    has("createdAt", Shape::Time),
    has("expiresAt", Shape::Time),
]);

impl Market {
    /// An employer with a team.
    pub(crate) fn team_owner(&self, organization: &str) -> Result<&Employer, Refusal> {
        let employer = self.employer(organization)?;
        match employer.teams_enabled {
            true => Ok(employer),
            false => {
                let details = json!({"reason": "teams_not_enabled"});
                let refusal = Refusal::forbidden("teams are not enabled for the organization");
                Err(refusal.with_details(details))
            }
        }
    }

    pub(crate) fn team(&self, organization: &str) -> Result<Value, Refusal> {
        let employer = self.team_owner(organization)?;
        let user = |id: &str| self.users.get(id);
        let owner = user(&employer.owner);
        let members = employer.members.iter().map(|own| {
            let user = user(&own.user);
            json!({
                "userId": own.user,
                "role": own.role,
                "name": user.and_then(|user| user.full_name()),
                "email": user.and_then(|user| user.email.as_deref()),
                "joinedAt": iso(own.joined),
            })
        });
        let invites = employer.invites.iter().map(|own| {
            json!({
                "id": own.id,
                "email": own.email,
                "createdAt": iso(own.created),
                "expiresAt": iso(own.expires),
            })
        });
        Ok(json!({
            "organization": {
                "id": employer.organization,
                "name": employer.name,
                "ownerUserId": employer.owner,
                "ownerName": owner.and_then(|owner| owner.full_name()),
            },
            "members": members.collect::<Vec<Value>>(),
            "invites": invites.collect::<Vec<Value>>(),
        }))
    }

    /// Invites an address, or adds the account that has it. Returns the result's name.
    pub(crate) fn invite_to_team(
        &mut self,
        organization: &str,
        email: &str,
        now: Timestamp,
    ) -> Result<&'static str, Refusal> {
        let user = self.user_with(email).map(|user| user.id.clone());
        let employer = self.employer_mut(organization)?;
        let is_member = |user: &String| employer.members.iter().any(|own| own.user == *user);
        match user {
            Some(user) if is_member(&user) => Ok("already_member"),
            Some(user) => {
                let role = "MEMBER";
                let joined = now;
                employer.members.push(Membership { user, role, joined });
                Ok("member_added")
            }
            None if email.ends_with(&format!("@{BOUNCING_HOST}")) => {
                let message = "the invitation could not be sent";
                Err(conflict("invite_email_send_failed", message))
            }
            None => {
                employer.invite(email, now);
                Ok("invite_created")
            }
        }
    }
}
