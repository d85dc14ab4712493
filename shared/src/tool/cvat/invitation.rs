//! Invitations: CVAT makes the account where there is none, and mails the link itself.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::Cvat;
use super::call::body;
use super::member::{Member, User};
use crate::http::Answer;
use crate::lenient;
use crate::person::Email;
use crate::tool::outcome::operator;
use crate::tool::{Granted, Membership, Person, Standing, ToolError};

/// Workers see what is assigned to them, and nothing else.
const ROLE: &str = "worker";

#[derive(Deserialize)]
struct Invitation {
    user: User,
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    accepted: bool,
    #[serde(default, deserialize_with = "lenient::or_default")]
    expired: Option<bool>,
}

impl Cvat {
    /// Makes sure that the person is a member, or has an invitation that is alive.
    pub(super) async fn invite(&self, person: &Person) -> Result<Granted, ToolError> {
        let known = Membership {
            trainer: person.trainer.clone(),
            accounts: person.accounts.clone(),
            emails: vec![person.email.clone()],
            let_in: false,
            keeps: Vec::new(),
        };
        // Whoever is a member already loses nothing by an invitation.
        if let Some(user) = self.user_of(&known).await?.found()
            && let Some(member) = self.member(&user).await?
        {
            if !member.is_active && self.has_expired(&member).await? {
                self.send_again(&member).await?;
            }
            return Ok(Granted {
                was_member: true,
                ..member.granted()
            });
        }
        self.send_invitation(&person.email).await
    }

    async fn send_invitation(&self, email: &Email) -> Result<Granted, ToolError> {
        let wish = json!({ "role": ROLE, "email": email.expose() });
        let org = [("org", self.options.organization.as_str())];
        let answer = self
            .call(Method::POST, &["invitations"], &org, Some(&wish))
            .await?;
        match answer.status {
            status if status.is_success() => {
                let sent: Invitation = body(&answer)?;
                let standing = match sent.accepted {
                    true => Standing::Active,
                    false => Standing::Invited(None),
                };
                Ok(Granted::new(Some(sent.user.member()), standing))
            }
            // "The user is a member of the organization already."
            StatusCode::BAD_REQUEST => Err(self.unknown()),
            StatusCode::INTERNAL_SERVER_ERROR => Err(no_mail(&answer)),
            _ => Err(self.refused(&answer, &[email.expose()])),
        }
    }

    /// Whether the invitation of a membership ran out.
    pub(super) async fn has_expired(&self, member: &Member) -> Result<bool, ToolError> {
        let Some(key) = &member.invitation else {
            return Ok(false);
        };
        let found: Option<Invitation> = self.get(&["invitations", key], &[]).await?;
        Ok(found.is_some_and(|it| !it.accepted && it.expired == Some(true)))
    }

    async fn send_again(&self, member: &Member) -> Result<(), ToolError> {
        let key = member.invitation.as_deref().unwrap_or_default();
        self.write(Method::POST, &["invitations", key, "resend"], None)
            .await
    }
}

/// What CVAT answers when it has nothing to send mails with, and when it fails.
fn no_mail(answer: &Answer) -> ToolError {
    operator(format!(
        "CVAT failed to invite ({}): new people need an e-mail backend there; set one up (EMAIL_BACKEND in its settings), \
         and it goes on by itself",
        answer.status.as_u16()
    ))
}
