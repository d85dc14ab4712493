//! Memberships: who may do what in a project.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Doccano;
use super::call::no_memory;
use super::project::DoccanoProject;
use crate::http::{Answer, Element, Listing, Sought};
use crate::ids::{MemberId, ProjectId};
use crate::lenient;
use crate::tool::outcome::{operator, unproven, wrong};
use crate::tool::{Granted, Membership, Person, ToolError};

/// Who runs the project keeps their role.
const OWNER: &str = "project_admin";

/// A membership; `id` is its own, not the user's, and another one after leaving and coming back.
#[derive(Deserialize)]
struct Member {
    #[serde(deserialize_with = "lenient::whole")]
    id: i64,
    #[serde(deserialize_with = "lenient::whole")]
    user: i64,
    #[serde(default, deserialize_with = "lenient::exact")]
    username: String,
    #[serde(default, deserialize_with = "lenient::text_or_empty")]
    rolename: String,
}

impl Element for Member {
    const KIND: &'static str = "membership";
}

/// The list that memberships are looked for in.
const MEMBERS: &str = "the project's members";

/// The person's membership: by their user name, else by their user id.
fn theirs(members: Listing<Member>, membership: &Membership) -> Sought<Member> {
    let (members, unreadable) = members.into_parts();
    let (email, id) = (membership.emails.first(), membership.accounts.first());
    let named = |it: &Member| email.is_some_and(|own| own.expose() == it.username.to_lowercase());
    let known = |it: &Member| id.is_some_and(|own| own.as_str() == it.user.to_string());
    let (mut named, others): (Vec<_>, Vec<_>) = members.into_iter().partition(named);
    let theirs = named.pop().or_else(|| others.into_iter().find(known));
    Sought::of(theirs, unreadable)
}

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
    /// Makes sure of the account, the membership and its role.
    pub(super) async fn let_in(
        &self,
        project: &ProjectId,
        person: &Person,
    ) -> Result<Granted, ToolError> {
        let found = self.read_project(project).await?;
        // What was done before is nobody's day: counting starts before there is anything to count.
        self.count_now(project, &found).await;
        let user = self.user_id(person).await?;
        let role = self.role_id().await?;
        let wanted = self.options.role.name();
        let known = self.member(&found, user).await?;
        let was_member = known.is_some();
        match known {
            None => self.add(&found, user, role, person).await?,
            Some(known) if known.rolename == wanted || known.rolename == OWNER => {}
            Some(known) => self.change_role(&found, known.id, role).await?,
        }
        if self.member(&found, user).await?.is_none() {
            return Err(ToolError::Transient {
                reason: "not a member after being added: doccano said yes and did not do it"
                    .to_owned(),
                after: None,
            });
        }
        Ok(Granted {
            member: Some(MemberId::new(user.to_string())),
            standing: self.standing(&found, &person.trainer, user).await?,
            was_member,
            note: None,
        })
    }

    /// The membership as it is now, if there is one.
    pub(super) async fn look_up(
        &self,
        project: &ProjectId,
        membership: &Membership,
    ) -> Result<Option<Granted>, ToolError> {
        let found = self.read_project(project).await?;
        let member = theirs(self.members(&found).await?, membership).proven();
        let Some(member) = member.map_err(|odd| unproven(MEMBERS, &odd))? else {
            return Ok(None);
        };
        let standing = self
            .standing(&found, &membership.trainer, member.user)
            .await?;
        Ok(Some(Granted::new(
            Some(MemberId::new(member.user.to_string())),
            standing,
        )))
    }

    /// Takes the membership away, and reads back that it is gone.
    pub(super) async fn take_out(
        &self,
        project: &ProjectId,
        membership: &Membership,
    ) -> Result<(), ToolError> {
        let found = self.read_project(project).await?;
        let member = theirs(self.members(&found).await?, membership).proven();
        let Some(member) = member.map_err(|odd| unproven(MEMBERS, &odd))? else {
            return Ok(());
        };
        // Afterwards doccano fails to tell anybody's labels.
        self.count_now(project, &found).await;
        let path = ["projects", &found.segment(), "members"];
        let answer = self
            .call(
                Method::DELETE,
                &path,
                &[],
                Some(&json!({ "ids": [member.id] })),
            )
            .await?;
        self.accept(&answer)?;
        let left = match theirs(self.members(&found).await?, membership) {
            // Another membership can't be read. This one's absence is proven by a list of it alone.
            Sought::Unknown(_) => self.member(&found, member.user).await?,
            left => left.found(),
        };
        match left {
            None => Ok(()),
            Some(_) => Err(operator(
                "still a member after the removal: doccano never removes the owner of the token; if it is not theirs, \
                 it is tried again: else give TOOL_API_TOKEN a user of its own",
            )),
        }
    }

    /// Takes a look at the counters, whatever comes of it: access doesn't wait for figures.
    async fn count_now(&self, project: &ProjectId, found: &DoccanoProject) {
        let counted = match self.counters(found).await {
            Ok(seen) => self.memory.count(project, &seen).await.map_err(no_memory),
            Err(error) => Err(error),
        };
        if let Err(error) = counted {
            tracing::warn!(project.id = %project, reason = %error, "the counters could not be read around a change of access; the next look takes their growth for its own day's");
        }
    }

    async fn members(&self, project: &DoccanoProject) -> Result<Listing<Member>, ToolError> {
        self.get(&["projects", &project.segment(), "members"], &[])
            .await
    }

    async fn member(
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

    /// 400 is "already assigned": the read-back tells.
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
