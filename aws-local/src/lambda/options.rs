//! Options of a function, and why a call of it has no answer.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

/// Options of a function.
#[derive(Debug, Clone)]
pub struct FunctionOptions {
    /// Its name.
    pub name: String,
    /// The binary.
    pub program: PathBuf,
    /// The only environment variables.
    pub environment: BTreeMap<String, String>,
    /// Time limit of a call. After it, the process is killed.
    pub timeout: Duration,
    /// Maximum number of concurrent calls. Others wait.
    pub concurrency: usize,
}

/// Reason why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The function returned an error.
    #[error("the function failed: {0}")]
    Failed(Value),
    /// The answer is not JSON.
    #[error("the function's answer can't be read")]
    Unreadable,
    /// The process ended.
    #[error("the function's process ended")]
    Crashed,
    /// The call exceeded its time limit.
    #[error("the function took too long and was killed")]
    TimedOut,
    /// The process could not be started.
    #[error("the function can't be started: {0:#}")]
    Init(anyhow::Error),
}
