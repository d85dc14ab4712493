//! Exit codes that mean something.

use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It was called wrongly, or a setting is wrong: nothing was done. Exit code 2.
    #[error("{0}")]
    Misused(String),
    /// It could not be done. Exit code 1.
    #[error("{0:#}")]
    Undone(#[from] anyhow::Error),
}

impl From<shared::config::Faults> for Failed {
    fn from(faults: shared::config::Faults) -> Self {
        Self::Misused(faults.to_string())
    }
}

impl Failed {
    /// The process's exit code.
    pub fn code(&self) -> ExitCode {
        match self {
            Self::Misused(_) => ExitCode::from(2),
            Self::Undone(_) => ExitCode::from(1),
        }
    }
}
