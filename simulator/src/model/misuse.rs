//! Calls of the library that are not allowed.

use crate::kit::refusal::Refusal;

/// A call of the library that is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misuse {
    /// Unknown id.
    #[error("unknown {0}")]
    Unknown(&'static str),
    /// Already done.
    #[error("already done: {0}")]
    AlreadyDone(&'static str),
    /// A work e-mail always ends in `@opentrain.work`.
    #[error("a work e-mail ends in @opentrain.work")]
    NotAWorkEmail,
}

impl From<Misuse> for Refusal {
    fn from(misuse: Misuse) -> Self {
        match misuse {
            Misuse::Unknown(what) => Self::not_found(what),
            Misuse::AlreadyDone(_) => Self::conflict(misuse.to_string()),
            Misuse::NotAWorkEmail => Self::bad(misuse.to_string()),
        }
    }
}
