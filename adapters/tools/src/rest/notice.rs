//! The budget notice on a project.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::RestTool;
use crate::outcome::{foreign_not_found, no_such_project};
use shared::http::Answer;
use shared::model::ids::ProjectId;
use shared::tool::{Notice, ToolError};

impl RestTool {
    /// `PUT /projects/{projectId}/notice`; false if the tool has no place for one.
    pub(super) async fn put_notice(
        &self,
        project: &ProjectId,
        notice: &Notice,
    ) -> Result<bool, ToolError> {
        match self
            .call_notice(Method::PUT, project, Some(&json!(notice)))
            .await?
        {
            Some(answer) if answer.status == StatusCode::NOT_FOUND => Err(no_such_project(project)),
            answer => Ok(answer.is_some()),
        }
    }

    /// `DELETE /projects/{projectId}/notice`. A 404 means that there was none, which is a success.
    pub(super) async fn delete_notice(&self, project: &ProjectId) -> Result<bool, ToolError> {
        Ok(self
            .call_notice(Method::DELETE, project, None)
            .await?
            .is_some())
    }

    /// A success or a 404; `None` if the tool has no notices.
    async fn call_notice(
        &self,
        method: Method,
        project: &ProjectId,
        body: Option<&Value>,
    ) -> Result<Option<Answer>, ToolError> {
        if self.notice.holds(self.clock.now()) {
            return Ok(None);
        }
        let answer = self
            .call(method, &["projects", project.as_str(), "notice"], body)
            .await?;
        match answer.status {
            StatusCode::NOT_IMPLEMENTED => {
                self.notice.begin(self.clock.now());
                Ok(None)
            }
            StatusCode::NOT_FOUND if !answer.is_json() => Err(foreign_not_found()),
            status if status.is_success() || status == StatusCode::NOT_FOUND => Ok(Some(answer)),
            _ => Err(self.refused(&answer, &[])),
        }
    }
}
