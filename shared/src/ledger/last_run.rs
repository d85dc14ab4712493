//! Results of the last reconciles, for `bridge status` and for jobs whose work another run may have done.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Install, InstallStatus, Key, Ledger, LedgerError};
use crate::model::ConnectionName;
use crate::model::ids::MemberId;

/// Maximum number of problems that are kept.
const MOST_PROBLEMS: usize = 20;

/// The partition of the runs.
const PARTITION: &str = "RECONCILE";

/// Result of the last reconcile, of all connections or of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LastRun {
    /// The connection, if the run covered only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionName>,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub took_ms: u64,
    /// How many differences it found.
    pub drift: usize,
    /// How many of them it repaired.
    pub repaired: usize,
    /// What was not done, one line each; at most 20 of a run.
    pub problems: Vec<String>,
    /// Members of the tool who belong to no hire.
    #[serde(default)]
    pub strangers: Strangers,
}

/// Members of the tool's organisation who belong to no hire: the customer's own people, and accounts that were made with
/// an invitation link under another address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Strangers {
    /// Their number.
    pub count: usize,
    /// The newest of them, by the tool's ids.
    pub accounts: Vec<MemberId>,
}

impl LastRun {
    /// Combines `whole`, the last run of all connections, and `parts`, the last runs of single connections, into the
    /// state of the served connections. The result is as old as the oldest run in it.
    pub fn of_all(
        whole: Option<Self>,
        parts: Vec<Self>,
        served: &BTreeSet<ConnectionName>,
    ) -> Option<Self> {
        let is_newer = |part: &Self| {
            let whole = whole.as_ref();
            whole.is_none_or(|whole| part.started_at > whole.started_at)
        };
        let of_served = |part: &Self| {
            part.connection
                .as_ref()
                .is_some_and(|it| served.contains(it))
        };
        let parts = parts.into_iter().filter(|it| of_served(it) && is_newer(it));
        let mut newer: Vec<_> = parts.collect();
        if newer.is_empty() || newer.len() < served.len() {
            newer.extend(whole);
        }
        newer.into_iter().reduce(|mut all, run| {
            all.connection = None;
            all.started_at = all.started_at.min(run.started_at);
            all.took_ms += run.took_ms;
            all.drift += run.drift;
            all.repaired += run.repaired;
            all.problems.extend(run.problems);
            if all.strangers.count == 0 {
                all.strangers = run.strangers;
            }
            all
        })
    }
}

impl Ledger {
    /// Records the result of a reconcile, in place of the one before.
    pub async fn note_reconcile(&self, run: &LastRun) -> Result<(), LedgerError> {
        let mut run = run.clone();
        run.problems.truncate(MOST_PROBLEMS);
        let key = key(run.connection.as_ref());
        self.update(&key, |_| Some(run.clone())).await.map(drop)
    }

    /// Result of the last reconcile of all connections at once, if there was one.
    pub async fn last_reconcile(&self) -> Result<Option<LastRun>, LedgerError> {
        self.row(&key(None)).await
    }

    /// Combines the last runs of the connections that have an active install.
    pub async fn last_reconcile_of(
        &self,
        connections: impl IntoIterator<Item = (&ConnectionName, Option<&Install>)> + Send,
    ) -> Result<Option<LastRun>, LedgerError> {
        let served = connections.into_iter().filter(|(_, install)| {
            install.is_some_and(|install| install.status == InstallStatus::Active)
        });
        let served = served.map(|(name, _)| name.clone()).collect();
        let parts = self.rows(PARTITION, "CONNECTION#").await?;
        Ok(LastRun::of_all(
            self.last_reconcile().await?,
            parts,
            &served,
        ))
    }

    /// Whether a reconcile that covers this connection, or all of them, has begun since a moment.
    pub async fn is_reconciled_since(
        &self,
        connection: Option<&ConnectionName>,
        moment: Timestamp,
    ) -> Result<bool, LedgerError> {
        let has_begun = |run: Option<LastRun>| run.is_some_and(|it| it.started_at >= moment);
        if has_begun(self.last_reconcile().await?) {
            return Ok(true);
        }
        match connection {
            None => Ok(false),
            Some(_) => Ok(has_begun(self.row(&key(connection)).await?)),
        }
    }
}

fn key(connection: Option<&ConnectionName>) -> Key {
    match connection {
        None => Key::new(PARTITION, "LAST"),
        Some(name) => Key::new(PARTITION, format!("CONNECTION#{name}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(connection: Option<&str>, at: &str, drift: usize) -> LastRun {
        LastRun {
            connection: connection.map(|it| ConnectionName::parse(it).unwrap()),
            started_at: at.parse().unwrap(),
            took_ms: 5,
            drift,
            repaired: 0,
            problems: vec![format!("{connection:?}")],
            strangers: Strangers::default(),
        }
    }

    #[test]
    fn the_oldest_part_tells_how_old_the_whole_is() {
        let (early, late) = ("2026-06-12T10:00:00Z", "2026-06-12T10:15:00Z");
        let whole = run(None, early, 1);
        let (a, b) = (run(Some("a"), late, 2), run(Some("b"), late, 4));
        let served: BTreeSet<_> = ["a", "b"]
            .map(|it| ConnectionName::parse(it).unwrap())
            .into();
        let of_all = |whole, parts| LastRun::of_all(whole, parts, &served);
        assert_eq!(of_all(None, Vec::new()), None);
        assert_eq!(of_all(Some(whole.clone()), Vec::new()), Some(whole.clone()));
        let parts = of_all(Some(whole.clone()), vec![a.clone(), b.clone()]).unwrap();
        assert_eq!((parts.drift, parts.started_at), (6, a.started_at));
        let stale = run(Some("b"), "2026-06-12T09:00:00Z", 8);
        let mixed = of_all(Some(whole.clone()), vec![a.clone(), stale.clone()]).unwrap();
        assert_eq!((mixed.drift, mixed.started_at), (3, whole.started_at));
        let alone = of_all(None, vec![a.clone(), stale.clone()]).unwrap();
        assert_eq!((alone.drift, alone.started_at), (10, stale.started_at));
        assert_eq!(alone.problems.len(), 2);
        // A run of one connection by hand covers no other.
        let by_hand = of_all(Some(whole.clone()), vec![a.clone()]).unwrap();
        assert_eq!((by_hand.drift, by_hand.started_at), (3, whole.started_at));
        // One that is no longer served counts for nothing.
        let gone = run(Some("gone"), "2026-06-12T10:05:00Z", 16);
        let left = of_all(Some(whole), vec![a, b, gone]).unwrap();
        assert_eq!((left.drift, left.started_at), (6, parts.started_at));
    }
}
