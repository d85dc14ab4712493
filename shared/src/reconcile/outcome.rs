//! What became of a reconcile.

use serde::{Deserialize, Serialize};

/// What became of a reconcile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {}

impl Outcome {
    /// Fails unless all of it was done.
    ///
    /// # Errors
    /// What was not done.
    pub fn all_done(&self) -> Result<(), String> {
        Ok(())
    }
}
