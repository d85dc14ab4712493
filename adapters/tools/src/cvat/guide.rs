//! The budget notice, in the project's guide.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Cvat;
use crate::notice_block::{markdown, with_notice};
use shared::model::ids::ProjectId;
use shared::model::lenient;
use shared::tool::{Notice, ToolError};

#[derive(Deserialize)]
struct Guide {
    /// It is written back, so nothing in it may be replaced.
    #[serde(default, deserialize_with = "lenient::exact")]
    markdown: String,
}

impl Cvat {
    /// Writes the notice before the owner's text, or removes it. Returns false unless notices are enabled and the
    /// project has a guide.
    pub(super) async fn write_notice(
        &self,
        project: &ProjectId,
        notice: Option<&Notice>,
    ) -> Result<bool, ToolError> {
        if !self.options.notices {
            return Ok(false);
        }
        let Some(id) = self.read_project(project).await?.guide_id else {
            return Ok(false);
        };
        let path = ["guides", &id.to_string()];
        let Some(guide): Option<Guide> = self.get(&path, &[]).await? else {
            return Ok(false);
        };
        let text = notice.map(|notice| markdown(&notice.text));
        let wanted = with_notice(&guide.markdown, text.as_deref());
        if wanted != guide.markdown {
            self.write(Method::PATCH, &path, Some(&json!({ "markdown": wanted })))
                .await?;
        }
        Ok(true)
    }
}
