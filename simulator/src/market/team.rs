//! The people of an organisation.

use jiff::Timestamp;
use serde_json::json;

use super::{
    Market, conflict,
    data::account::{Employer, Membership},
};
use crate::kit::refusal::Refusal;

/// Host of an address to which no invitation can be sent.
pub(crate) const BOUNCING_HOST: &str = "bounce.invalid";

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
