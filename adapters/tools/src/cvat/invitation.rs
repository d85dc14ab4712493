//! Invitations. CVAT creates a missing account, and mails the link itself.

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::Cvat;
use super::call::body;
use super::member::{Member, User};
use crate::outcome::{operator, unreadable};
use shared::http::Answer;
use shared::http::pace::with_own_limit;
use shared::model::ids::MemberId;
use shared::model::lenient;
use shared::tool::{Account, Granted, Membership, Person, ToolError};

/// Workers only see their assignments.
const ROLE: &str = "worker";

#[derive(Deserialize)]
struct Sent {
    user: User,
}

#[derive(Deserialize)]
struct Invitation {
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    accepted: bool,
    /// `None` until it was sent.
    #[serde(default, deserialize_with = "lenient::or_default")]
    expired: Option<bool>,
}

impl Cvat {
    /// Ensures that the person is a member, or has a valid invitation that was sent.
    ///
    /// CVAT does not verify addresses by default. So an account that the invitation did not create may belong to an
    /// impostor who registered with the address. It is refused, and the operator decides.
    pub(super) async fn invite(&self, person: &Person) -> Result<Granted, ToolError> {
        let known = Membership::of(person);
        let turned_away = self.turned_away(person).await?;
        if let Some(member) = self.members_of(&known).await?.first() {
            if turned_away == Some(member.user.member()) {
                return Err(self.turn_away(member).await);
            }
            return self.admit(person, member).await;
        }
        match turned_away {
            Some(id) => Err(of_unknown_origin(&id)),
            None => self.send_invitation(person).await,
        }
    }

    async fn send_invitation(&self, person: &Person) -> Result<Granted, ToolError> {
        self.note(person, None, false).await?;
        let email = &person.email;
        let wish = json!({ "role": ROLE, "email": email.expose() });
        let org = self.org();
        let post = self.call(Method::POST, &["invitations"], &org, Some(&wish));
        let answer = post.await?;
        match answer.status {
            status if status.is_success() => {
                let sent: Sent = body(&answer)?;
                let member = self.member(&sent.user).await?;
                let member = member.ok_or_else(|| {
                    unreadable(
                        "not a member after being invited: CVAT reported success but did not do it",
                    )
                })?;
                self.receive(person, &member).await
            }
            // "The user is a member of the organization already."
            StatusCode::BAD_REQUEST => match self.named(email).await?.first() {
                Some(member) => self.admit(person, member).await,
                None => Err(operator(self.unknown())),
            },
            // The mail failed, but the membership was created.
            StatusCode::INTERNAL_SERVER_ERROR => {
                if let Some(member) = self.named(email).await?.first() {
                    self.note(person, Some(member), true).await?;
                }
                Err(no_mail(&answer))
            }
            _ => Err(self.refused(&answer, &[email.expose()])),
        }
    }

    /// Records the membership that an invitation created.
    async fn receive(&self, person: &Person, member: &Member) -> Result<Granted, ToolError> {
        let is_new =
            !member.is_active && member.user.username.to_lowercase() == person.email.expose();
        let is_known = person.accounts.contains(&member.user.member());
        let is_theirs = is_new || is_known || self.options.emails_verified;
        self.note(person, Some(member), is_theirs).await?;
        match is_theirs {
            true => self.admit(person, member).await,
            false => Err(self.turn_away(member).await),
        }
    }

    /// Accepts a membership as the person's. Sends the invitation again if it was not sent or has expired.
    async fn admit(&self, person: &Person, member: &Member) -> Result<Granted, ToolError> {
        let id = member.user.member();
        let owner = self.memory.own(&id, &person.trainer).await;
        if owner? != person.trainer {
            return Err(operator(format!(
                "user {id} has this work e-mail and is another trainer's account: correct the e-mail in CVAT"
            )));
        }
        if !member.is_active && self.is_unsent(member).await? {
            self.send_again(member).await?;
        }
        Ok(member.granted())
    }

    /// Removes the membership that an invitation gave to an account of unknown origin. Returns the error to report.
    async fn turn_away(&self, member: &Member) -> ToolError {
        let removed = self.remove_member(member).await;
        removed
            .err()
            .unwrap_or_else(|| of_unknown_origin(&member.user.member()))
    }

    /// The refused account, while the refusal holds.
    async fn turned_away(&self, person: &Person) -> Result<Option<MemberId>, ToolError> {
        let addresses = std::slice::from_ref(&person.email);
        let known = self.invited(&person.trainer, addresses).await?;
        let unclaimed = known.into_iter().filter(|it| !it.claimed);
        let mut ids = unclaimed.filter_map(|it| it.account);
        let holds = |id: &MemberId| !self.options.emails_verified && !person.accounts.contains(id);
        Ok(ids.find(holds))
    }

    /// Records that an invitation is about to be sent, or the member that it created and whether the account is the
    /// person's.
    async fn note(
        &self,
        person: &Person,
        member: Option<&Member>,
        claimed: bool,
    ) -> Result<(), ToolError> {
        let account = Account {
            made_at: self.clock.now(),
            account: member.map(|it| it.user.member()),
            claimed,
            by: Some(person.email.digest()),
        };
        self.memory.note_account(&person.trainer, &account).await
    }

    /// Whether the invitation of a membership has expired or was never sent.
    pub(super) async fn is_unsent(&self, member: &Member) -> Result<bool, ToolError> {
        let Some(key) = &member.invitation else {
            return Ok(false);
        };
        let found: Option<Invitation> = self.get(&["invitations", key], &self.org()).await?;
        Ok(found.is_some_and(|it| !it.accepted && it.expired != Some(false)))
    }

    async fn send_again(&self, member: &Member) -> Result<(), ToolError> {
        let key = member.invitation.as_deref().unwrap_or_default();
        let path = ["invitations", key, "resend"];
        let org = self.org();
        let sent = self.call(Method::POST, &path, &org, None);
        // The limit of invitations does not affect other calls.
        let answer = with_own_limit(sent).await?;
        match answer.status {
            status if status.is_success() => Ok(()),
            StatusCode::INTERNAL_SERVER_ERROR => Err(no_mail(&answer)),
            StatusCode::TOO_MANY_REQUESTS => Err(ToolError::Transient {
                reason: "CVAT resends at most five invitations within an hour, and the others wait"
                    .to_owned(),
                after: answer.retry_after,
            }),
            _ => Err(self.refused(&answer, &[])),
        }
    }
}

fn of_unknown_origin(id: &MemberId) -> ToolError {
    operator(format!(
        "user {id} had an account with this work e-mail before the invitation, and CVAT verifies no addresses by default: the \
         account may be an impostor's and got no access. Once CVAT verifies addresses (ACCOUNT_EMAIL_VERIFICATION = \
         \"mandatory\", or single sign-on alone) and this account is theirs, set TOOL_EMAILS_VERIFIED=1"
    ))
}

/// CVAT could not mail an invitation. It answers with JSON if it has no mail backend, and with a page if its backend
/// failed.
fn no_mail(answer: &Answer) -> ToolError {
    let status = answer.status.as_u16();
    operator(match answer.is_json() {
        true => format!(
            "CVAT could not send the invitation ({status}): it has no e-mail backend; set one up (EMAIL_BACKEND in its \
             settings), and the invitation is sent again"
        ),
        false => format!(
            "CVAT failed to send the invitation ({status}): its mail server may not answer, or the work e-mail is another \
             account's user name; see CVAT's log. The invitation is sent again"
        ),
    })
}
