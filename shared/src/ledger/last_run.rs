//! The last reconcile, for people who ask how things stand.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Key, Ledger, LedgerError};
use crate::ids::MemberId;

/// How many problems are kept.
const MOST_PROBLEMS: usize = 20;

/// How the last reconcile went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub took_ms: u64,
    /// How many differences it found.
    pub drift: usize,
    /// How many of them it mended.
    pub repaired: usize,
    /// What was not done, one line each; the first of them.
    pub problems: Vec<String>,
    /// Members of the tool who belong to no hire.
    #[serde(default)]
    pub strangers: Strangers,
}

/// Members of the tool's organisation who belong to no hire: the customer's own people, and accounts that were made with
/// an invitation link under another address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Strangers {
    /// How many they are.
    pub count: usize,
    /// The newest of them, by the tool's ids.
    pub accounts: Vec<MemberId>,
}

impl Ledger {
    /// Notes how a reconcile went, in place of the one before.
    pub async fn note_reconcile(&self, run: &LastRun) -> Result<(), LedgerError> {
        let mut run = run.clone();
        run.problems.truncate(MOST_PROBLEMS);
        self.update(&key(), |_| Some(run.clone())).await.map(drop)
    }

    /// How the last reconcile went, if there was one.
    pub async fn last_reconcile(&self) -> Result<Option<LastRun>, LedgerError> {
        self.row(&key()).await
    }
}

fn key() -> Key {
    Key::new("RECONCILE", "LAST")
}
