//! What is assigned to somebody: jobs, tasks and projects. It outlives a membership.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Cvat;
use super::member::User;
use crate::ids::ProjectId;
use crate::tool::ToolError;

/// What can be assigned: its name in the API, and the member that a write of it has.
const KINDS: [(&str, &str); 3] = [
    ("jobs", "assignee"),
    ("tasks", "assignee_id"),
    ("projects", "assignee_id"),
];

#[derive(Deserialize)]
struct Assigned {
    id: i64,
    #[serde(default)]
    project_id: Option<i64>,
    #[serde(default)]
    assignee: Option<User>,
}

impl Cvat {
    /// Takes everything from the user that is assigned to them, in one project or in all, and reads back
    /// that nothing is left.
    pub(super) async fn unassign(
        &self,
        user: &User,
        project: Option<&ProjectId>,
    ) -> Result<(), ToolError> {
        for (kind, member) in KINDS {
            for id in self.assigned(kind, user, project).await? {
                let wish: Value = json!({ member: null });
                self.write(Method::PATCH, &[kind, &id.to_string()], Some(&wish))
                    .await?;
            }
            if !self.assigned(kind, user, project).await?.is_empty() {
                return Err(ToolError::Transient {
                    reason: format!(
                        "some {kind} are still assigned: CVAT said yes and did not do it"
                    ),
                    after: None,
                });
            }
        }
        Ok(())
    }

    /// The filters only make the list short: each is looked at.
    async fn assigned(
        &self,
        kind: &str,
        user: &User,
        project: Option<&ProjectId>,
    ) -> Result<Vec<i64>, ToolError> {
        let mut query = vec![("assignee", user.username.as_str())];
        if let Some(project) = project.filter(|_| kind != "projects") {
            query.push(("project_id", project.as_str()));
        }
        let found: Vec<Assigned> = self.list(kind, &query).await?;
        let is_in = |it: &Assigned| {
            let own = if kind == "projects" {
                Some(it.id)
            } else {
                it.project_id
            };
            project.is_none_or(|wanted| own.is_some_and(|own| own.to_string() == wanted.as_str()))
        };
        let theirs = |it: &Assigned| it.assignee.as_ref().is_some_and(|own| own.id == user.id);
        let found = found.into_iter().filter(|it| theirs(it) && is_in(it));
        Ok(found.map(|it| it.id).collect())
    }
}
