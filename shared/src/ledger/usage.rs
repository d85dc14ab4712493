//! What OpenTrain has accepted of a person's work, so that only what is new is sent.
//!
//! One row for each (connection, contract, worker) with a map of days: ten thousand hires are ten
//! thousand small rows, each read and written once a run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::row::join;
use super::{Key, Ledger, LedgerError};
use crate::connection::ConnectionName;
use crate::ids::{ContractId, TrainerId};

/// What was done on one day. What is absent was not measured; it is never zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Measures {
    /// Seconds of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    /// Tasks finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<i64>,
    /// Labels made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<i64>,
}

/// Whose work on which contract, reported through which install.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hired {
    /// The install.
    pub connection: ConnectionName,
    /// The contract.
    pub contract: ContractId,
    /// The person.
    pub worker: TrainerId,
}

/// What OpenTrain holds of one person's work on one contract, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageRow {
    /// Whose work, on what.
    #[serde(flatten)]
    pub of: Hired,
    /// The totals last accepted, by UTC day; days that are long over are forgotten.
    pub days: BTreeMap<Date, Measures>,
    /// Why OpenTrain takes nothing for this hire, since the last try.
    #[serde(default)]
    pub refused: Option<UsageRefused>,
}

/// OpenTrain takes nothing for a hire (404, 409).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageRefused {
    /// OpenTrain's words, and what to do.
    pub reason: String,
    /// When it was last tried.
    pub at: Timestamp,
}

/// What became of a report, to be noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageNews {
    /// What was accepted.
    pub days: BTreeMap<Date, Measures>,
    /// Set when nothing is taken for the hire.
    pub refused: Option<UsageRefused>,
    /// Days before this one are forgotten.
    pub keep_from: Date,
}

impl Measures {
    /// This, with what it lacks taken from `stored`: what OpenTrain holds after it accepted this.
    #[must_use]
    pub fn over(self, stored: Self) -> Self {
        Self {
            seconds: self.seconds.or(stored.seconds),
            tasks: self.tasks.or(stored.tasks),
            labels: self.labels.or(stored.labels),
        }
    }
}

impl Ledger {
    /// What was last accepted for a hire, if anything was.
    pub async fn usage(&self, of: &Hired) -> Result<Option<UsageRow>, LedgerError> {
        self.row(&key(of)).await
    }

    /// Notes what became of a report; `base` is the row as it was before the report was sent.
    ///
    /// A day that somebody else has reported meanwhile is forgotten, unless they said the same: which of
    /// the two totals OpenTrain kept is not known, so that the next run has to send the day again.
    pub async fn note_usage(
        &self,
        of: &Hired,
        base: Option<&UsageRow>,
        news: &UsageNews,
    ) -> Result<bool, LedgerError> {
        self.update(&key(of), |old| {
            let new = noted(of, old.as_ref(), base, news);
            (old.as_ref() != Some(&new)).then_some(new)
        })
        .await
    }

    /// The hires that OpenTrain takes nothing for. Reads much of the table: for people.
    pub async fn usage_refused(&self) -> Result<Vec<UsageRow>, LedgerError> {
        let items = self.table.scan("USAGE#").await?;
        let rows = items.iter().map(super::row::read::<UsageRow>);
        rows.filter(|row| row.as_ref().map_or(true, |row| row.refused.is_some()))
            .collect()
    }
}

fn noted(
    of: &Hired,
    old: Option<&UsageRow>,
    base: Option<&UsageRow>,
    news: &UsageNews,
) -> UsageRow {
    let before = |row: Option<&UsageRow>, day| row.and_then(|row| row.days.get(day)).copied();
    let mut days = old.map(|row| row.days.clone()).unwrap_or_default();
    for (day, accepted) in &news.days {
        let (known, now) = (before(base, day), before(old, day));
        let ours = accepted.over(known.unwrap_or_default());
        if now == known || now == Some(ours) {
            days.insert(*day, ours);
        } else {
            days.remove(day);
        }
    }
    days.retain(|day, _| *day >= news.keep_from);
    UsageRow {
        of: of.clone(),
        days,
        refused: news.refused.clone(),
    }
}

fn key(of: &Hired) -> Key {
    let partition = join("USAGE", &[of.connection.as_str(), of.contract.as_str()]);
    Key::new(partition, of.worker.as_str())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn hired() -> Hired {
        Hired {
            connection: ConnectionName::single(),
            contract: "ctr_1".into(),
            worker: "usr_1".into(),
        }
    }

    fn seconds(seconds: i64) -> Measures {
        Measures {
            seconds: Some(seconds),
            ..Measures::default()
        }
    }

    fn row(day: Date, measures: Measures) -> UsageRow {
        UsageRow {
            of: hired(),
            days: [(day, measures)].into(),
            refused: None,
        }
    }

    fn news(day: Date, measures: Measures) -> UsageNews {
        UsageNews {
            days: [(day, measures)].into(),
            refused: None,
            keep_from: date(2026, 1, 1),
        }
    }

    #[test]
    fn a_measure_that_was_left_out_keeps_what_is_held() {
        let day = date(2026, 6, 1);
        let base = row(
            day,
            Measures {
                tasks: Some(3),
                ..seconds(60)
            },
        );
        let new = noted(&hired(), Some(&base), Some(&base), &news(day, seconds(90)));
        assert_eq!(
            new.days[&day],
            Measures {
                tasks: Some(3),
                ..seconds(90)
            }
        );
    }

    #[test]
    fn a_day_that_two_reported_at_once_is_sent_again() {
        let day = date(2026, 6, 1);
        let theirs = row(day, seconds(120));
        let new = noted(&hired(), Some(&theirs), None, &news(day, seconds(60)));
        assert_eq!(
            new.days.get(&day),
            None,
            "whose total OpenTrain kept is not known"
        );
        let new = noted(&hired(), Some(&theirs), None, &news(day, seconds(120)));
        assert_eq!(new.days[&day], seconds(120), "both said the same");
    }

    #[test]
    fn days_that_are_long_over_are_forgotten() {
        let old = row(date(2025, 12, 31), seconds(60));
        let new = noted(
            &hired(),
            Some(&old),
            Some(&old),
            &news(date(2026, 6, 1), seconds(1)),
        );
        assert_eq!(new.days.len(), 1);
    }
}
