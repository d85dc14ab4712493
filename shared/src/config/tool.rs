//! Which annotation tool there is, and its adapter.

use std::sync::Arc;

use secrecy::SecretString;

use super::Reader;
use super::bridge::{base_url, token};
use super::setting::{
    TOOL_ACCOUNT_MODE, TOOL_API_TOKEN, TOOL_BASE_URL, TOOL_KIND, TOOL_NOTICES, TOOL_ROLE,
};
use crate::clock::Clock;
use crate::http::{BaseUrl, SetupError, TIMEOUT};
use crate::tool::{AnnotationTool, Doccano, DoccanoOptions, DoccanoRole, Memory, RestTool};

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
    Doccano(DoccanoOptions),
}

/// The words of `TOOL_KIND`.
#[derive(Debug, Clone, Copy)]
enum Word {
    Rest,
    Doccano,
}

impl ToolSettings {
    /// Reads them; `None` when something is wrong, which the reader has then noted.
    pub fn read(settings: &mut Reader<'_>) -> Option<Self> {
        let words = [("rest", Word::Rest), ("doccano", Word::Doccano)];
        let kind = settings.one_of(&TOOL_KIND, &words).and_then(|word| {
            Some(match word {
                Word::Rest => ToolKind::Rest,
                Word::Doccano => ToolKind::Doccano(doccano(settings)?),
            })
        });
        let base_url = settings.parsed(&TOOL_BASE_URL, base_url);
        let token = settings.parsed(&TOOL_API_TOKEN, token);
        Some(Self {
            kind: kind?,
            base_url: base_url?,
            token: token?,
        })
    }

    /// The tool's adapter; `memory` is where it keeps what it has to remember.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn tool(
        self,
        clock: Arc<dyn Clock>,
        memory: Arc<dyn Memory>,
    ) -> Result<Arc<dyn AnnotationTool>, SetupError> {
        let (base, token) = (self.base_url, &self.token);
        Ok(match self.kind {
            ToolKind::Rest => Arc::new(RestTool::new(&base.to_string(), token, TIMEOUT, clock)?),
            ToolKind::Doccano(options) => {
                Arc::new(Doccano::new(base, token, TIMEOUT, clock, memory, options)?)
            }
        })
    }
}

fn doccano(settings: &mut Reader<'_>) -> Option<DoccanoOptions> {
    let roles = [DoccanoRole::Annotator, DoccanoRole::Approver].map(|role| (role.name(), role));
    let role = settings.one_of(&TOOL_ROLE, &roles);
    let sign_on = settings.one_of(&TOOL_ACCOUNT_MODE, &[("invite", false), ("create", true)]);
    let notices = settings.one_of(&TOOL_NOTICES, &[("off", false), ("instructions", true)]);
    Some(DoccanoOptions {
        role: role?,
        sign_on: sign_on?,
        notices: notices?,
    })
}
