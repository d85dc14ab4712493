//! A budget notice in a project's instructions.
//!
//! They are the only text that Label Studio shows to annotators. Our notice is in a block before the customer's text,
//! which is kept byte for byte. The block records whether instructions were shown at all.

mod block;

use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use self::block::{escaped, mark, unmark};
use super::call::read;
use super::{LabelStudio, number};
use crate::outcome::no_such_project;
use shared::model::ids::ProjectId;
use shared::model::lenient;
use shared::tool::{Notice, ToolError};

#[derive(Deserialize)]
struct Instructions {
    /// It is written back, so nothing in it may be replaced.
    #[serde(default, deserialize_with = "lenient::exact")]
    expert_instruction: String,
    #[serde(default)]
    show_instruction: bool,
}

impl LabelStudio {
    /// Writes the notice into the instructions, in place of the previous one, or removes it.
    pub(super) async fn write_notice(
        &self,
        project: &ProjectId,
        notice: Option<&Notice>,
    ) -> Result<bool, ToolError> {
        let now = self.instructions(project).await?;
        let text = now.expert_instruction;
        let (own, were_hidden) = match unmark(&text) {
            Some(marked) => (marked.own, marked.were_hidden),
            None => (text.clone(), !now.show_instruction),
        };
        let new = match notice {
            Some(notice) => mark(&own, &html(notice), were_hidden),
            None => own,
        };
        let shown = notice.is_some() || !were_hidden;
        if new != text || shown != now.show_instruction {
            self.write(project, &new, shown).await?;
        }
        Ok(true)
    }

    async fn instructions(&self, project: &ProjectId) -> Result<Instructions, ToolError> {
        let mut url = self.folder(&["api", "projects", number(project)?])?;
        url.query_pairs_mut()
            .append_pair("include", "id,expert_instruction,show_instruction");
        let answer = self.call(Method::GET, url, None).await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Err(no_such_project(project)),
            status if status.is_success() => read(&answer),
            _ => Err(self.refused(&answer, &[])),
        }
    }

    async fn write(&self, project: &ProjectId, text: &str, show: bool) -> Result<(), ToolError> {
        let url = self.folder(&["api", "projects", number(project)?])?;
        let body = json!({ "expert_instruction": text, "show_instruction": show });
        let answer = self.call(Method::PATCH, url, Some(&body)).await?;
        match answer.status.is_success() {
            true => Ok(()),
            false => Err(self.refused(&answer, &[])),
        }
    }
}

/// The notice's text, escaped.
fn html(notice: &Notice) -> String {
    format!(
        "<p><strong>{}</strong> <a href=\"{}\">{}</a></p>",
        escaped(&notice.text),
        escaped(&notice.url),
        escaped(&notice.url)
    )
}
