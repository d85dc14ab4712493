//! The budget notice in the project's guideline, the only text that doccano shows to annotators.

use reqwest::Method;
use serde_json::json;

use super::Doccano;
use crate::notice_block::{markdown, with_notice};
use crate::outcome::wrong;
use shared::model::ids::ProjectId;
use shared::model::lenient::{HOLDS_LOST, LOST};
use shared::tool::{Notice, ToolError};

impl Doccano {
    /// Writes the notice before the owner's text, or removes it. Returns false unless notices are enabled.
    pub(super) async fn write_notice(
        &self,
        project: &ProjectId,
        notice: Option<&Notice>,
    ) -> Result<bool, ToolError> {
        if !self.options.notices {
            return Ok(false);
        }
        let found = self.read_project(project).await?;
        if found.guideline.contains(LOST) {
            return Err(wrong(format!(
                "the guideline of project {project} can't be kept as it is: it {HOLDS_LOST}; correct it in doccano"
            )));
        }
        let text = notice.map(|notice| markdown(&notice.text));
        let guideline = with_notice(&found.guideline, text.as_deref());
        if guideline == found.guideline {
            return Ok(true);
        }
        // doccano selects the serializer by `resourcetype`.
        let wish = json!({ "guideline": guideline, "resourcetype": found.resourcetype });
        let path = ["projects", &found.segment()];
        let answer = self.call(Method::PATCH, &path, &[], Some(&wish)).await?;
        self.accept(&answer)?;
        Ok(true)
    }
}
