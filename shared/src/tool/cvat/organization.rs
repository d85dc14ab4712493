//! The organisation, and its projects.

use serde::Deserialize;

use super::Cvat;
use crate::ids::ProjectId;
use crate::tool::ToolError;
use crate::tool::outcome::{no_such_project, operator, wrong};

#[derive(Deserialize)]
struct Organization {
    id: i64,
    slug: String,
}

/// A project, as far as it matters here.
#[derive(Deserialize)]
pub(super) struct CvatProject {
    pub(super) name: String,
    #[serde(default)]
    pub(super) organization: Option<i64>,
    #[serde(default)]
    pub(super) guide_id: Option<i64>,
}

impl Cvat {
    /// The organisation's id, looked up once. A name that the filter lets through is compared.
    pub(super) async fn organization_id(&self) -> Result<i64, ToolError> {
        let look = || async {
            let slug = self.options.organization.as_str();
            let found: Vec<Organization> = self.list("organizations", &[("slug", slug)]).await?;
            let own = found.into_iter().find(|it| it.slug == slug);
            own.map(|it| it.id).ok_or_else(|| {
                operator(format!(
                    "CVAT shows the token's owner no organisation `{slug}`: set TOOL_ORG to its short name, and make them \
                     its owner or a maintainer"
                ))
            })
        };
        self.organization.get_or_try_init(look).await.copied()
    }

    /// `GET /api/projects/{id}`. A project of another organisation is none: its workers would not see it.
    pub(super) async fn read_project(&self, project: &ProjectId) -> Result<CvatProject, ToolError> {
        if !project.as_str().bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong(format!(
                "no such project in the tool: {project}; CVAT's projects are named by number: link the one in the \
                 address of its page (…/projects/12)"
            )));
        }
        let organization = self.organization_id().await?;
        let found = self.get(&["projects", project.as_str()], &[]).await?;
        let found: CvatProject = found.ok_or_else(|| no_such_project(project))?;
        match found.organization == Some(organization) {
            true => Ok(found),
            false => Err(wrong(format!(
                "project {project} is not in the organisation `{}`: move it there, or link one that is",
                self.options.organization
            ))),
        }
    }
}
