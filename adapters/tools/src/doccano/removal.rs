//! Revokes access, and proves the removal.

use reqwest::Method;
use serde_json::json;

use super::Doccano;
use super::account::superuser;
use super::member::MEMBERS;
use super::project::DoccanoProject;
use crate::outcome::{operator, unproven};
use shared::model::ids::{MemberId, ProjectId};
use shared::model::json::UnreadableElements;
use shared::tool::{Membership, Proof, Removed, ToolError};

impl Doccano {
    /// Removes all memberships of the person from the project, and reads back that they are gone.
    pub(super) async fn revoke(
        &self,
        project: &ProjectId,
        person: &Membership,
    ) -> Result<Removed, ToolError> {
        let found = match self.proven_project(project).await {
            Ok(found) => found,
            Err(ToolError::NoProject { .. }) => {
                return Ok(Removed::Proven(Proof::ProjectDeleted));
            }
            Err(error) => return Err(error),
        };
        let (theirs, unreadable) = self.memberships(&found, person).await?;
        let users: Vec<_> = theirs.iter().map(|it| it.user).collect();
        let unreadable = if theirs.is_empty() {
            unreadable
        } else {
            // After the removal doccano may be unable to return anyone's labels.
            self.count_now(project, &found).await;
            let ids: Vec<_> = theirs.iter().map(|it| it.id).collect();
            self.delete(&found, &ids).await?;
            let (left, unreadable) = self.memberships(&found, person).await?;
            if !left.is_empty() {
                return Err(still_a_member());
            }
            unreadable
        };
        if !unreadable.is_empty() {
            self.prove_absence(&found, person, users, &unreadable)
                .await?;
        }
        self.no_superuser(person).await?;
        Ok(Removed::Proven(match person.is_unknown() {
            true => Proof::NeverThere,
            false => Proof::MemberList,
        }))
    }

    async fn delete(&self, project: &DoccanoProject, ids: &[i64]) -> Result<(), ToolError> {
        let path = ["projects", &project.segment(), "members"];
        let wish = json!({ "ids": ids });
        let answer = self.call(Method::DELETE, &path, &[], Some(&wish)).await?;
        self.accept(&answer)
    }

    /// Proves the absence if a membership of the list can't be read, which may be the person's. A list that is filtered
    /// by an account proves that account's absence. The absence of an address without an account stays unproven.
    async fn prove_absence(
        &self,
        project: &DoccanoProject,
        person: &Membership,
        mut users: Vec<i64>,
        unreadable: &UnreadableElements,
    ) -> Result<(), ToolError> {
        let known = person.accounts.iter().map(MemberId::as_str);
        users.extend(known.filter_map(|id| id.parse::<i64>().ok()));
        if users.is_empty() && !person.is_unknown() {
            return Err(unproven(MEMBERS, unreadable));
        }
        for user in users {
            if self.member(project, user).await?.is_some() {
                return Err(still_a_member());
            }
        }
        Ok(())
    }

    /// Fails if the person is a superuser, who keeps access to each project.
    async fn no_superuser(&self, person: &Membership) -> Result<(), ToolError> {
        if person.is_unknown() {
            return Ok(());
        }
        let (users, _) = self.users().await?.into_parts();
        for user in users.iter().filter(|user| user.is_superuser) {
            let account = user.account();
            let is_named = person.emails.iter().any(|email| user.is(email));
            let is_known = person.accounts.contains(&account);
            if is_known || is_named && !self.is_anothers(&account, &person.trainer).await? {
                return Err(operator(format!(
                    "{} at {}/admin/auth/user/{account}/change/",
                    superuser(user),
                    self.http.base()
                )));
            }
        }
        Ok(())
    }
}

fn still_a_member() -> ToolError {
    operator(
        "still a member after the removal: doccano never removes the owner of the token: if TOOL_API_TOKEN \
         belongs to this person, set it to the token of another account; otherwise the removal is retried",
    )
}
