//! The notice that a project shows to its people.

use serde::Serialize;

use super::AnnotationPlatform;

/// How bad the news is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeLevel {
    /// Funded work runs low.
    Warning,
    /// Funded work is used up.
    Exhausted,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// How bad the news is.
    pub level: NoticeLevel,
    /// What it says.
    pub text: String,
    /// Where to read on.
    pub url: String,
    /// The contracts it is about.
    pub contract_ids: Vec<String>,
}

impl AnnotationPlatform {
    /// A project's notice.
    pub fn notice(&self, project: &str) -> Option<Notice> {
        self.look(|floor| floor.projects.get(project)?.notice.clone())
    }

    /// How often a notice was put or deleted, in all projects.
    pub fn notice_writes(&self) -> u64 {
        self.look(|floor| floor.notice_writes)
    }
}
