//! Faults of the template.

/// A fault of the template, and its fix.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(pub(crate) String);
