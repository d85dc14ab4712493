//! Projects.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::Doccano;
use super::call::body;
use crate::outcome::{foreign_not_found, is_number, no_project, no_such_project};
use shared::model::ids::ProjectId;
use shared::model::lenient;
use shared::tool::ToolError;

/// The used members of a project.
#[derive(Deserialize)]
pub(super) struct DoccanoProject {
    #[serde(deserialize_with = "lenient::whole")]
    pub(super) id: i64,
    #[serde(deserialize_with = "lenient::text_or_empty")]
    pub(super) name: String,
    /// Contains [`lenient::LOST`] in place of an unreadable character. It must not be written back then.
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) guideline: String,
    /// `DocumentClassification` and the like.
    pub(super) project_type: String,
    /// The serializer that writes must name.
    pub(super) resourcetype: String,
    #[serde(default, deserialize_with = "lenient::default_if_null")]
    pub(super) use_relation: bool,
}

impl DoccanoProject {
    /// Its id as a path segment.
    pub(super) fn segment(&self) -> String {
        self.id.to_string()
    }
}

impl Doccano {
    /// `GET /v1/projects/{id}`. Required before any other call for a project: for a missing project doccano returns an
    /// empty list of members, and answers "already assigned" when a member is added.
    pub(super) async fn read_project(
        &self,
        project: &ProjectId,
    ) -> Result<DoccanoProject, ToolError> {
        let found = self.see_project(project).await?;
        found.ok_or_else(|| no_such_project(project))
    }

    /// As [`read_project`](Self::read_project), but a project only counts as missing if doccano itself answers at this
    /// address.
    pub(super) async fn proven_project(
        &self,
        project: &ProjectId,
    ) -> Result<DoccanoProject, ToolError> {
        match self.see_project(project).await? {
            Some(found) => Ok(found),
            None => {
                self.me().await?;
                Err(no_such_project(project))
            }
        }
    }

    /// As [`read_project`](Self::read_project); `None` if the JSON states that the project does not exist.
    async fn see_project(&self, project: &ProjectId) -> Result<Option<DoccanoProject>, ToolError> {
        if !is_number(project) {
            return Err(no_project(
                project,
                "; doccano's projects are named by number: link the one in the \
                 address of its page (…/projects/12)",
            ));
        }
        let answer = self
            .call(Method::GET, &["projects", project.as_str()], &[], None)
            .await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Ok(None),
            StatusCode::NOT_FOUND => Err(foreign_not_found()),
            status if status.is_success() => body(&answer).map(Some),
            _ => Err(self.refused(&answer, &[])),
        }
    }
}
