//! The organisation, and its projects.

use serde::Deserialize;

use super::Cvat;
use crate::outcome::{is_number, no_project, no_such_project, operator, unproven, wrong};
use shared::model::ids::ProjectId;
use shared::model::json::{Element, Listing};
use shared::model::lenient;
use shared::tool::ToolError;

#[derive(Deserialize)]
struct Organization {
    #[serde(deserialize_with = "lenient::whole")]
    id: i64,
    #[serde(deserialize_with = "lenient::exact")]
    slug: String,
}

impl Element for Organization {
    const KIND: &'static str = "organisation";
}

/// The used members of a project.
#[derive(Deserialize)]
pub(super) struct CvatProject {
    #[serde(deserialize_with = "lenient::text_or_empty")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "lenient::optional_whole")]
    pub(super) organization: Option<i64>,
    #[serde(default, deserialize_with = "lenient::whole_or_none")]
    pub(super) guide_id: Option<i64>,
}

impl Cvat {
    /// The organisation's id, looked up once. The filter may return other organisations, so the name is compared.
    pub(super) async fn organization_id(&self) -> Result<i64, ToolError> {
        let look = || async {
            let slug = self.options.organization.as_str();
            let found: Listing<Organization> =
                self.list("organizations", &[("slug", slug)]).await?;
            let own = found.find(|it| it.slug == slug).proven();
            let own = own.map_err(|odd| unproven("organisations", &odd))?;
            own.map(|it| it.id).ok_or_else(|| {
                operator(format!(
                    "CVAT shows the token's owner no organisation `{slug}`: set TOOL_ORG to its short name, and make them \
                     its owner or a maintainer"
                ))
            })
        };
        self.organization.get_or_try_init(look).await.copied()
    }

    /// `GET /api/projects/{id}`. A project of another organisation counts as missing, because our workers would not see
    /// it.
    pub(super) async fn read_project(&self, project: &ProjectId) -> Result<CvatProject, ToolError> {
        if !is_number(project) {
            return Err(no_project(
                project,
                "; CVAT's projects are named by number: link the one in the \
                 address of its page (…/projects/12)",
            ));
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
