//! Holds a reconcile up that would take access from many.

use serde::{Deserialize, Serialize};

/// When a reconcile asks before it removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The share of those who have access, in percent, that may lose it unasked.
    pub percent: u8,
}

impl Default for Guard {
    fn default() -> Self {
        Self { percent: 20 }
    }
}
