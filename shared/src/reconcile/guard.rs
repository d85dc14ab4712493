//! Limits of the removals that follow from absences, and the removals that they hold.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ConnectionName;
use crate::model::ids::TrainerId;

/// Number of trainers who may always lose access.
const ALWAYS: usize = 2;

/// Limits of the removals that a reconcile makes without an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The share of the trainers with access, in percent, that may lose it by absence without an operator's consent
    /// (`RECONCILE_MAX_REMOVALS_PERCENT`).
    pub percent: u8,
}

impl Default for Guard {
    fn default() -> Self {
        Self { percent: 20 }
    }
}

/// The removals that are held for one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// The connection.
    pub connection: ConnectionName,
    /// Trainers who would lose access to a project.
    pub losing: usize,
    /// These trainers.
    #[serde(default)]
    pub trainers: BTreeSet<TrainerId>,
    /// Trainers who have access through the connection.
    pub live: usize,
    /// Start of the hold.
    pub since: Timestamp,
}

impl Guard {
    /// Whether `losing` of `live` trainers are too many to lose access without an operator's consent.
    pub(super) fn is_too_many(self, losing: usize, live: usize) -> bool {
        losing > ALWAYS && losing * 100 > usize::from(self.percent) * live
    }
}

/// Start of the line about a hold, after the name of the connection.
const BEGIN: &str = ": removals have been held since ";

impl Held {
    /// Whether a line of a run's problems is about a hold of this connection.
    pub fn is_line_of(connection: &ConnectionName, line: &str) -> bool {
        let rest = line.strip_prefix(connection.as_str());
        rest.is_some_and(|rest| rest.starts_with(BEGIN))
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{connection}{BEGIN}{since:.0}: OpenTrain no longer lists the contracts or links of {losing} of {live} trainers; \
             `bridge reconcile --dry-run --force --connection {connection}` lists them; if it is right, run `bridge reconcile --force --connection {connection}`",
            connection = self.connection,
            since = self.since,
            losing = self.losing,
            live = self.live,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_counts_from_three_people_on() {
        let guard = Guard::default();
        let with = |percent| Guard { percent };
        assert!(!guard.is_too_many(2, 2));
        assert!(guard.is_too_many(3, 14));
        assert!(
            !guard.is_too_many(3, 15),
            "a fifth is not more than a fifth"
        );
        assert!(with(0).is_too_many(3, 10_000));
        assert!(!with(100).is_too_many(50, 50));
    }
}
