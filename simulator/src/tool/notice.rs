//! Notice of a project.

use serde::Serialize;

/// Level of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeLevel {
    /// Funded work runs low.
    Warning,
    /// Funded work is exhausted.
    Exhausted,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Level of the notice.
    pub level: NoticeLevel,
    /// Its text.
    pub text: String,
    /// URL for more information.
    pub url: String,
    /// Its contracts.
    pub contract_ids: Vec<String>,
}
