//! Members of the organisation. CVAT shows their e-mail to nobody but its own administrators.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::Cvat;
use super::call::body;
use crate::http::{Element, Listing, Sought};
use crate::ids::MemberId;
use crate::lenient;
use crate::tool::outcome::{operator, unproven, wrong};
use crate::tool::{Granted, Membership, Standing, ToolError};

/// A user.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: i64,
    #[serde(deserialize_with = "lenient::exact")]
    pub(super) username: String,
    /// Only when the token belongs to an administrator of the server.
    #[serde(default, deserialize_with = "lenient::exact")]
    pub(super) email: String,
}

impl Element for User {
    const KIND: &'static str = "user";
}

impl Element for Member {
    const KIND: &'static str = "membership";
}

/// Lists that people are looked for in.
const USERS: &str = "users";
const MEMBERS: &str = "the organisation's members";

impl User {
    pub(super) fn member(&self) -> MemberId {
        MemberId::new(self.id.to_string())
    }
}

/// A membership; not active until its invitation is accepted.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: i64,
    pub(super) user: User,
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    pub(super) role: String,
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) is_active: bool,
    #[serde(default, deserialize_with = "lenient::id_or_none")]
    pub(super) invitation: Option<String>,
}

impl Cvat {
    /// The user behind a membership that we know of: by the id we were told, or, when the token belongs to
    /// an administrator of the server, by e-mail.
    pub(super) async fn user_of(&self, member: &Membership) -> Result<Sought<User>, ToolError> {
        if let Some(id) = member.accounts.first() {
            return self.user(id).await;
        }
        let Some(email) = member.emails.first() else {
            return Ok(Sought::Absent);
        };
        let users: Listing<User> = self.list("users", &[]).await?;
        Ok(users.find(|user| user.email.to_lowercase() == email.expose()))
    }

    /// The same, where nobody but a proven nobody will do.
    pub(super) async fn proven_user_of(
        &self,
        member: &Membership,
    ) -> Result<Option<User>, ToolError> {
        let user = self.user_of(member).await?.proven();
        user.map_err(|odd| unproven(USERS, &odd))
    }

    /// A user by id. Of people outside the organisation CVAT may tell nothing.
    async fn user(&self, id: &MemberId) -> Result<Sought<User>, ToolError> {
        let path = ["users", id.as_str()];
        let answer = self.send(Method::GET, &path, &[], None).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(Sought::Absent),
            StatusCode::FORBIDDEN => {
                let members: Listing<Member> = self.list("memberships", &[]).await?;
                let users = members.map(|it| it.user);
                Ok(users.find(|user| user.member() == *id))
            }
            status if status.is_success() => body(&answer).map(Sought::Found),
            status => Err(self
                .denied(status)
                .unwrap_or_else(|| self.refused(&answer, &[]))),
        }
    }

    /// The user's membership, if they have one.
    pub(super) async fn member(&self, user: &User) -> Result<Option<Member>, ToolError> {
        let found: Listing<Member> = self
            .list("memberships", &[("user", &user.username)])
            .await?;
        let member = found.find(|it| it.user.id == user.id).proven();
        member.map_err(|odd| unproven(MEMBERS, &odd))
    }

    /// The access that somebody has now. An invitation that ran out is none: another one is due.
    pub(super) async fn look_up(&self, member: &Membership) -> Result<Option<Granted>, ToolError> {
        let Some(user) = self.proven_user_of(member).await? else {
            return Ok(None);
        };
        let Some(found) = self.member(&user).await? else {
            return Ok(None);
        };
        if !found.is_active && self.has_expired(&found).await? {
            return Ok(None);
        }
        Ok(Some(found.granted()))
    }

    /// Takes somebody out of the organisation: first from all that is assigned to them, then as a member,
    /// and reads back that both are gone.
    pub(super) async fn take_out(&self, member: &Membership) -> Result<(), ToolError> {
        let Some(user) = self.proven_user_of(member).await? else {
            return match member.let_in {
                // An invitation was sent, and its answer got lost.
                true if member.accounts.is_empty() => Err(self.unknown()),
                _ => Ok(()),
            };
        };
        self.unassign(&user, None).await?;
        let Some(found) = self.member(&user).await? else {
            return Ok(());
        };
        let id = found.id.to_string();
        let answer = self
            .call(Method::DELETE, &["memberships", &id], &[], None)
            .await?;
        if !answer.status.is_success() && answer.status != StatusCode::NOT_FOUND {
            return Err(self.refused(&answer, &[]));
        }
        match self.member(&user).await? {
            None => Ok(()),
            Some(_) => Err(operator(
                "still a member after the removal: the organisation's owner can't be removed, and nobody removes \
                 themselves; hand the organisation over to somebody else",
            )),
        }
    }

    /// CVAT says that somebody is a member, and not who.
    pub(super) fn unknown(&self) -> ToolError {
        wrong(format!(
            "they may be a member of the organisation `{}`, under a user name that CVAT doesn't tell by e-mail: take them \
             out of it by hand, then `bridge reconcile`; the token of a server administrator spares you this",
            self.options.organization
        ))
    }
}

impl Member {
    /// As the bridge has it.
    pub(super) fn granted(&self) -> Granted {
        let standing = match self.is_active {
            true => Standing::Active,
            // CVAT mails the invitation itself.
            false => Standing::Invited(None),
        };
        Granted::new(Some(self.user.member()), standing)
    }
}
