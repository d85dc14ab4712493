//! Assignments: jobs, tasks and projects. They outlive a membership.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Cvat;
use super::member::{Known, User};
use crate::outcome::{Failed, unproven};
use shared::model::ids::ProjectId;
use shared::model::json::{Element, Listing};
use shared::model::lenient;
use shared::tool::ToolError;

/// Kinds of assignments: the name in the API, and the member that a write contains.
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
    /// Removes the assignments of these accounts, in one project or in all, and reads back that none is left. The
    /// accounts may have left the organisation already. A failure does not stop the other removals.
    pub(super) async fn unassign(
        &self,
        accounts: &[Known],
        project: Option<&ProjectId>,
    ) -> Result<(), ToolError> {
        let mut failed = Failed::default();
        for kind in KINDS {
            failed.note(self.unassign_kind(kind, accounts, project).await);
        }
        failed.result()
    }

    async fn unassign_kind(
        &self,
        (kind, member): (&str, &str),
        accounts: &[Known],
        project: Option<&ProjectId>,
    ) -> Result<(), ToolError> {
        let (assigned, unreadable) = self.assigned(kind, accounts, project).await?.into_parts();
        let mut failed = Failed::default();
        for id in &assigned {
            let wish: Value = json!({ member: null });
            let path = [kind, &id.to_string()];
            failed.note(self.write(Method::PATCH, &path, Some(&wish)).await);
        }
        if assigned.is_empty() && unreadable.is_empty() {
            return Ok(());
        }
        let left = self.assigned(kind, accounts, project).await?.whole();
        if left.map_err(|odd| unproven(kind, &odd))?.is_empty() {
            return Ok(());
        }
        failed.result()?;
        Err(ToolError::Transient {
            reason: format!(
                "some {kind} are still assigned: CVAT reported success but did not do it"
            ),
            after: None,
        })
    }

    /// Lists the assignments of the accounts. CVAT can only filter by user name. If it hides the name of an account,
    /// all assignments of the organisation or the project are read.
    async fn assigned(
        &self,
        kind: &str,
        accounts: &[Known],
        project: Option<&ProjectId>,
    ) -> Result<Listing<i64>, ToolError> {
        let names: Option<Vec<_>> = accounts.iter().map(|it| it.username.as_deref()).collect();
        let filters: Vec<_> = match names {
            Some(names) => names.into_iter().map(|it| Some(("assignee", it))).collect(),
            None => vec![None],
        };
        let project = project.map(ProjectId::as_str);
        let mut found = Listing::default();
        for filter in filters {
            let in_project = project.filter(|_| kind != "projects");
            let in_project = in_project.map(|it| ("project_id", it));
            let query: Vec<_> = filter.into_iter().chain(in_project).collect();
            found.extend(self.list::<Assigned>(kind, &query).await?);
        }
        // The filters only make the list shorter: each element is checked.
        let (found, unreadable) = found.into_parts();
        let theirs = found.into_iter().filter(|it| it.is_of(accounts));
        let theirs = theirs.filter(|it| project.is_none_or(|wanted| it.is_in(kind, wanted)));
        Ok(Listing::new(theirs.map(|it| it.id).collect(), unreadable))
    }
}

impl Assigned {
    fn is_of(&self, accounts: &[Known]) -> bool {
        let assignee = self.assignee.as_ref().map(User::member);
        assignee.is_some_and(|id| accounts.iter().any(|it| it.id == id))
    }

    fn is_in(&self, kind: &str, project: &str) -> bool {
        let own = match kind {
            "projects" => Some(self.id),
            _ => self.project_id,
        };
        own.is_some_and(|own| own.to_string() == project)
    }
}
