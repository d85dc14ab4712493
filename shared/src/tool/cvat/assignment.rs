//! What is assigned to somebody: jobs, tasks and projects. It outlives a membership.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Cvat;
use super::member::User;
use crate::http::{Element, Listing};
use crate::ids::ProjectId;
use crate::lenient;
use crate::tool::ToolError;
use crate::tool::outcome::unproven;

/// What can be assigned: its name in the API, and the member that a write of it has.
const KINDS: [(&str, &str); 3] = [
    ("jobs", "assignee"),
    ("tasks", "assignee_id"),
    ("projects", "assignee_id"),
];

#[derive(Deserialize)]
struct Assigned {
    #[serde(deserialize_with = "lenient::whole")]
    id: i64,
    #[serde(default, deserialize_with = "lenient::optional_whole")]
    project_id: Option<i64>,
    #[serde(default)]
    assignee: Option<User>,
}

impl Element for Assigned {
    const KIND: &'static str = "assignment";
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
            let (assigned, _) = self.assigned(kind, user, project).await?.into_parts();
            for id in assigned {
                let wish: Value = json!({ member: null });
                self.write(Method::PATCH, &[kind, &id.to_string()], Some(&wish))
                    .await?;
            }
            let left = self.assigned(kind, user, project).await?.whole();
            if !left.map_err(|odd| unproven(kind, &odd))?.is_empty() {
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
    ) -> Result<Listing<i64>, ToolError> {
        let mut query = vec![("assignee", user.username.as_str())];
        if let Some(project) = project.filter(|_| kind != "projects") {
            query.push(("project_id", project.as_str()));
        }
        let listed: Listing<Assigned> = self.list(kind, &query).await?;
        let (found, unreadable) = listed.into_parts();
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
        Ok(Listing::new(found.map(|it| it.id).collect(), unreadable))
    }
}
