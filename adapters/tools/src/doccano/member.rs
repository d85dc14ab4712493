//! Memberships: the roles of accounts in a project.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Doccano;
use super::project::DoccanoProject;
use crate::outcome::{unproven, wrong};
use shared::http::Answer;
use shared::model::ids::{MemberId, ProjectId};
use shared::model::json::{Element, Listing, Sought, UnreadableElements};
use shared::model::lenient;
use shared::model::person::Email;
use shared::tool::{Granted, Member as Listed, Membership, Person, ToolError};

/// Role of a project's administrators. A grant does not replace it.
const OWNER: &str = "project_admin";

/// A membership. `id` is the membership's id, not the user's. A user who leaves and returns gets a new one.
#[derive(Deserialize)]
pub(super) struct Member {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: i64,
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) user: i64,
    #[serde(default, deserialize_with = "lenient::exact")]
    pub(super) username: String,
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    rolename: String,
}

impl Element for Member {
    const KIND: &'static str = "membership";
}

impl Member {
    /// The account's id in the ledger.
    pub(super) fn account(&self) -> MemberId {
        MemberId::new(self.user.to_string())
    }
}

/// Name of the list of memberships, for messages.
pub(super) const MEMBERS: &str = "the project's members";

#[derive(Deserialize)]
struct Role {
    #[serde(deserialize_with = "lenient::whole")]
    id: i64,
    name: String,
}

impl Element for Role {
    const KIND: &'static str = "role";
}

impl Doccano {
    /// Ensures that the account, the membership and its role exist.
    pub(super) async fn grant_access(
        &self,
        project: &ProjectId,
        person: &Person,
    ) -> Result<Granted, ToolError> {
        let found = self.read_project(project).await?;
        // Work before the first reading belongs to no day. So the counters are read before the membership is created.
        self.count_now(project, &found).await;
        let user = self.user_of(person).await?;
        let role = self.role_id().await?;
        let wanted = self.options.role.name();
        match self.member(&found, user.id).await? {
            None => self.add(&found, user.id, role, person).await?,
            Some(known) if known.rolename == wanted || known.rolename == OWNER => {}
            Some(known) => self.change_role(&found, known.id, role).await?,
        }
        if self.member(&found, user.id).await?.is_none() {
            return Err(ToolError::Transient {
                reason:
                    "not a member after being added: doccano reported success but did not do it"
                        .to_owned(),
                after: None,
            });
        }
        let status = self.status(&found, &person.trainer, user.id).await?;
        Ok(Granted {
            note: self.note(&user, person.returns),
            ..Granted::new(Some(user.account()), status)
        })
    }

    /// The current membership of the newest account that has one.
    pub(super) async fn look_up(
        &self,
        project: &ProjectId,
        person: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        let found = self.proven_project(project).await?;
        let (theirs, unreadable) = self.memberships(&found, person).await?;
        let newest = |it: &Member| {
            let mut accounts = person.accounts.iter();
            accounts.position(|id| *id == it.account())
        };
        let member = theirs
            .into_iter()
            .min_by_key(|it| newest(it).unwrap_or(usize::MAX));
        let member = Sought::of(member, unreadable).proven();
        let Some(member) = member.map_err(|odd| unproven(MEMBERS, &odd))? else {
            return Ok(None);
        };
        let status = self.status(&found, &person.trainer, member.user).await?;
        Ok(Some(Granted::new(Some(member.account()), status)))
    }

    /// All members of the project. Members whose user name is not an e-mail address have no e-mail.
    pub(super) async fn listed(&self, project: &ProjectId) -> Result<Listing<Listed>, ToolError> {
        let found = self.proven_project(project).await?;
        let members = self.members(&found).await?;
        Ok(members.map(|it| Listed {
            account: Some(it.account()),
            email: Email::parse(&it.username),
            invited: false,
        }))
    }

    /// The memberships of all of the person's accounts, and of the accounts with one of the person's addresses, unless
    /// they are another trainer's in the ledger.
    pub(super) async fn memberships(
        &self,
        project: &DoccanoProject,
        person: &Membership,
    ) -> Result<(Vec<Member>, UnreadableElements), ToolError> {
        let (members, unreadable) = self.members(project).await?.into_parts();
        let mut theirs = Vec::new();
        for member in members {
            let account = member.account();
            let name = member.username.to_lowercase();
            let is_named = person.emails.iter().any(|it| it.expose() == name);
            let is_known = person.accounts.contains(&account);
            if is_known || is_named && !self.is_anothers(&account, &person.trainer).await? {
                theirs.push(member);
            }
        }
        Ok((theirs, unreadable))
    }

    /// Reads the counters. A failure is only logged, because access must not wait for figures.
    pub(super) async fn count_now(&self, project: &ProjectId, found: &DoccanoProject) {
        let counted = match self.counters(found).await {
            Ok(seen) => self.memory.count(project, &seen).await,
            Err(error) => Err(error),
        };
        if let Err(error) = counted {
            tracing::warn!(project.id = %project, reason = %error, "the counters could not be read around a change of access; their growth until the next reading counts for the day of that reading");
        }
    }

    pub(super) async fn members(
        &self,
        project: &DoccanoProject,
    ) -> Result<Listing<Member>, ToolError> {
        self.get(&["projects", &project.segment(), "members"], &[])
            .await
    }

    pub(super) async fn member(
        &self,
        project: &DoccanoProject,
        user: i64,
    ) -> Result<Option<Member>, ToolError> {
        let path = ["projects", &project.segment(), "members"];
        let found: Listing<Member> = self.get(&path, &[("user", &user.to_string())]).await?;
        let sought = found.find(|it| it.user == user).proven();
        sought.map_err(|odd| unproven(MEMBERS, &odd))
    }

    async fn role_id(&self) -> Result<i64, ToolError> {
        let roles: Listing<Role> = self.get(&["roles"], &[]).await?;
        let wanted = self.options.role.name();
        let role = roles.find(|role| role.name == wanted).proven();
        let role = role.map_err(|odd| unproven("roles", &odd))?;
        role.map(|role| role.id).ok_or_else(|| {
            wrong(format!(
                "doccano has no role `{wanted}`: run `doccano init` again, or set TOOL_ROLE to one that it has"
            ))
        })
    }

    /// Adds the membership. Status 400 may mean "already assigned": the read-back decides.
    async fn add(
        &self,
        project: &DoccanoProject,
        user: i64,
        role: i64,
        person: &Person,
    ) -> Result<(), ToolError> {
        let path = ["projects", &project.segment(), "members"];
        let wish = json!({ "user": user, "role": role });
        let answer = self.call(Method::POST, &path, &[], Some(&wish)).await?;
        match answer.status.as_u16() {
            400 if self.member(project, user).await?.is_some() => Ok(()),
            _ if answer.status.is_success() => Ok(()),
            _ => Err(self.refused(&answer, &[person.email.expose()])),
        }
    }

    async fn change_role(
        &self,
        project: &DoccanoProject,
        member: i64,
        role: i64,
    ) -> Result<(), ToolError> {
        let path = [
            "projects",
            &project.segment(),
            "members",
            &member.to_string(),
        ];
        let answer = self
            .call(Method::PATCH, &path, &[], Some(&json!({ "role": role })))
            .await?;
        self.accept(&answer)
    }

    /// A success, or the refusal.
    pub(super) fn accept(&self, answer: &Answer) -> Result<(), ToolError> {
        match answer.status.is_success() {
            true => Ok(()),
            false => Err(self.refused(answer, &[])),
        }
    }
}
