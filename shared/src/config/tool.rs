//! Which annotation tool there is, and its adapter.

use std::sync::Arc;

use secrecy::SecretString;

use super::Reader;
use super::bridge::{base_url, token};
use super::setting::{TOOL_API_TOKEN, TOOL_BASE_URL, TOOL_KIND};
use crate::clock::Clock;
use crate::http::{BaseUrl, SetupError, TIMEOUT};
use crate::tool::{AnnotationTool, RestTool};

/// Which annotation tool, and how it is reached.
#[derive(Debug, Clone)]
pub struct ToolSettings {
    kind: ToolKind,
    base_url: BaseUrl,
    token: SecretString,
}

#[derive(Debug, Clone, Copy)]
enum ToolKind {
    Rest,
}

impl ToolSettings {
    /// Reads them; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let kind = settings.one_of(&TOOL_KIND, &[("rest", ToolKind::Rest)]);
        let base_url = settings.parsed(&TOOL_BASE_URL, base_url);
        let token = settings.parsed(&TOOL_API_TOKEN, token);
        Some(Self {
            kind: kind?,
            base_url: base_url?,
            token: token?,
        })
    }

    /// The tool's adapter.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn tool(self, clock: Arc<dyn Clock>) -> Result<Arc<dyn AnnotationTool>, SetupError> {
        match self.kind {
            ToolKind::Rest => Ok(Arc::new(RestTool::new(
                &self.base_url.to_string(),
                &self.token,
                TIMEOUT,
                clock,
            )?)),
        }
    }
}
