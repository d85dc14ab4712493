//! Members of the organisation. CVAT shows their e-mails only to its own administrators.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::Cvat;
use super::call::body;
use crate::outcome::{Failed, operator, unproven};
use shared::model::ids::{MemberId, TrainerId};
use shared::model::json::{Element, Listing};
use shared::model::lenient;
use shared::model::person::Email;
use shared::tool::{Account, Granted, Member as Listed, Membership, MembershipStatus, ToolError};

/// A user. Not `Debug`: the user name may be an address.
#[derive(Clone, Deserialize)]
pub(super) struct User {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: i64,
    /// The e-mail, until an invited person has registered.
    #[serde(deserialize_with = "lenient::exact")]
    pub(super) username: String,
    /// Only set if the token belongs to an administrator of the server.
    #[serde(default, deserialize_with = "lenient::exact")]
    pub(super) email: String,
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    is_superuser: bool,
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    groups: Vec<String>,
}

impl Element for User {
    const KIND: &'static str = "user";
}

impl Element for Member {
    const KIND: &'static str = "membership";
}

/// Names of lists, for messages.
const USERS: &str = "users";
pub(super) const MEMBERS: &str = "the organisation's members";

impl User {
    pub(super) fn member(&self) -> MemberId {
        MemberId::new(self.id.to_string())
    }

    /// Whether the user is an administrator of the server.
    pub(super) fn is_admin(&self) -> bool {
        self.is_superuser || self.groups.iter().any(|group| group == "admin")
    }

    fn is(&self, email: &Email) -> bool {
        let same = |text: &str| text.to_lowercase() == email.expose();
        same(&self.username) || same(&self.email)
    }
}

/// A membership; not active until its invitation is accepted.
#[derive(Clone, Deserialize)]
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

/// The accounts of a person.
pub(super) struct Accounts {
    /// The accounts that could be looked up.
    pub(super) found: Vec<Known>,
    /// The failure to look up others.
    pub(super) failed: Failed,
}

/// An account of the person.
pub(super) struct Known {
    pub(super) id: MemberId,
    /// `None` if CVAT hides the user: it shows members only.
    pub(super) username: Option<String>,
    /// The address by which it was found, unless its id was known.
    pub(super) by: Option<Email>,
    pub(super) member: Option<Member>,
}

impl From<Member> for Known {
    fn from(member: Member) -> Self {
        Self {
            id: member.user.member(),
            username: Some(member.user.username.clone()),
            by: None,
            member: Some(member),
        }
    }
}

impl Cvat {
    /// The owner of the token.
    pub(super) async fn me(&self) -> Result<User, ToolError> {
        let me: Option<User> = self.get(&["users", "self"], &[]).await?;
        me.ok_or_else(|| operator("CVAT does not show the owner of TOOL_API_TOKEN"))
    }

    /// The accounts that the person had through the bridge, and the accounts with one of the person's addresses. An
    /// address is the name of an invited user, or is shown to an administrator's token. An account that is only found
    /// by its address is left out if it is another trainer's in the ledger.
    pub(super) async fn accounts(&self, person: &Membership) -> Result<Accounts, ToolError> {
        let mut accounts = BTreeMap::new();
        let mut failed = Failed::default();
        let invited = self.invited(&person.trainer, &person.emails).await?;
        let invited = invited.into_iter().filter_map(|it| it.account);
        let ids: BTreeSet<_> = person.accounts.iter().cloned().chain(invited).collect();
        for id in ids {
            let known = failed.note(self.known(&id).await);
            accounts.extend(known.map(|known| (id, known)));
        }
        for email in &person.emails {
            let named = failed.note(self.named(email).await);
            for member in named.unwrap_or_default() {
                let id = member.user.member();
                let is_theirs = !self.is_anothers(&id, &person.trainer).await?;
                if is_theirs && !accounts.contains_key(&id) {
                    let by = Some(email.clone());
                    accounts.insert(
                        id,
                        Known {
                            by,
                            ..member.into()
                        },
                    );
                }
            }
        }
        let found = accounts.into_values().collect();
        Ok(Accounts { found, failed })
    }

    /// The accounts that the bridge invited, or was about to invite, by these addresses.
    pub(super) async fn invited(
        &self,
        trainer: &TrainerId,
        addresses: &[Email],
    ) -> Result<Vec<Account>, ToolError> {
        let mut known = self.memory.accounts(trainer).await?;
        known.retain(|it| it.is_by(addresses));
        Ok(known)
    }

    async fn is_anothers(&self, id: &MemberId, trainer: &TrainerId) -> Result<bool, ToolError> {
        let owner = self.memory.owner(id).await?;
        Ok(owner.is_some_and(|owner| owner != *trainer))
    }

    /// An account by its id. If CVAT hides the user, the list of members is searched.
    async fn known(&self, id: &MemberId) -> Result<Known, ToolError> {
        let path = ["users", id.as_str()];
        let answer = self.send(Method::GET, &path, &self.org(), None).await?;
        match answer.status {
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => {
                let members: Listing<Member> = self.list("memberships", &[]).await?;
                let member = members.find(|it| it.user.member() == *id).proven();
                let member = member.map_err(|odd| unproven(MEMBERS, &odd))?;
                Ok(member.map_or_else(|| hidden(id), Known::from))
            }
            status if status.is_success() => {
                let user: User = body(&answer)?;
                Ok(Known {
                    member: self.member(&user).await?,
                    id: id.clone(),
                    by: None,
                    username: Some(user.username),
                })
            }
            status => Err(self
                .denied(status)
                .unwrap_or_else(|| self.refused(&answer, &[]))),
        }
    }

    /// The members with this address. It is the user name of an invited person who has not registered yet, and CVAT
    /// shows e-mails to an administrator's token.
    pub(super) async fn named(&self, email: &Email) -> Result<Vec<Member>, ToolError> {
        let found = self
            .list("memberships", &[("user", email.expose())])
            .await?;
        let (mut found, mut unreadable) = Listing::<Member>::into_parts(found);
        found.retain(|member| member.user.is(email));
        if found.is_empty() && self.me().await?.is_admin() {
            let users: Listing<User> = self.list("users", &[]).await?;
            let (users, odd) = users.into_parts();
            unreadable.extend(odd);
            for user in users.iter().filter(|user| user.is(email)) {
                found.extend(self.member(user).await?);
            }
        }
        match found.is_empty() && !unreadable.is_empty() {
            true => Err(unproven(USERS, &unreadable)),
            false => Ok(found),
        }
    }

    /// The user's membership, if they have one.
    pub(super) async fn member(&self, user: &User) -> Result<Option<Member>, ToolError> {
        let filter = [("user", user.username.as_str())];
        let found: Listing<Member> = self.list("memberships", &filter).await?;
        let member = found.find(|it| it.user.id == user.id).proven();
        member.map_err(|odd| unproven(MEMBERS, &odd))
    }

    /// The current access of a person. An invitation that has expired, or was never sent, does not count, so that
    /// another one is sent.
    pub(super) async fn look_up(&self, person: &Membership) -> Result<Option<Granted>, ToolError> {
        for found in self.members_of(person).await? {
            if found.is_active || !self.is_unsent(&found).await? {
                return Ok(Some(found.granted()));
            }
        }
        Ok(None)
    }

    /// The person's memberships, the newest account first.
    pub(super) async fn members_of(&self, person: &Membership) -> Result<Vec<Member>, ToolError> {
        let Accounts { found, failed } = self.accounts(person).await?;
        failed.result()?;
        let mut members: Vec<_> = found.into_iter().filter_map(|it| it.member).collect();
        let rank = |member: &Member| {
            let mut known = person.accounts.iter();
            known.position(|id| *id == member.user.member())
        };
        members.sort_by_key(|member| rank(member).unwrap_or(usize::MAX));
        Ok(members)
    }

    /// All members of the organisation, and open invitations to it.
    pub(super) async fn listed(&self) -> Result<Listing<Listed>, ToolError> {
        let members: Listing<Member> = self.list("memberships", &[]).await?;
        self.sees_all().await?;
        Ok(members.map(|it| Listed {
            account: Some(it.user.member()),
            email: Email::parse(&it.user.username),
            invited: !it.is_active,
        }))
    }
}

fn hidden(id: &MemberId) -> Known {
    Known {
        id: id.clone(),
        username: None,
        by: None,
        member: None,
    }
}

impl Member {
    /// The membership in the bridge's form.
    pub(super) fn granted(&self) -> Granted {
        let status = match self.is_active {
            true => MembershipStatus::Active,
            // CVAT mails the invitation itself.
            false => MembershipStatus::Invited(None),
        };
        Granted::new(Some(self.user.member()), status)
    }
}
