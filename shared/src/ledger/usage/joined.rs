//! A contract that was reported through several installs.

use jiff::civil::Date;

use super::{Hired, UsageRow};
use crate::ledger::{Ledger, LedgerError};

impl UsageRow {
    /// Joins the rows of all installs of a contract into the row of one of them. The row of the newest report decides;
    /// the others add days that it lacks. Days before `keep_from` are left out, because the rows of earlier installs
    /// are never shortened.
    pub(crate) fn joined(of: &Hired, mut rows: Vec<Self>, keep_from: Date) -> Option<Self> {
        let is_one = rows.len() == 1;
        // Not by time alone, because a clock may have been ahead.
        rows.sort_by_key(|row| (row.turn, row.read_at, row.open_from, row.of == *of));
        let mut joined = rows.pop()?;
        if joined.of != *of {
            joined.turn += 1;
        }
        for row in rows.into_iter().rev() {
            // A day that another install has reported since is no longer lost.
            for (day, why) in row.lost {
                if joined.held(day).is_none() {
                    joined.lost.entry(day).or_insert(why);
                }
            }
            for (day, parts) in row.sending {
                let is_known = joined.held(day).is_some();
                if !is_known {
                    joined.sending.insert(day, parts);
                }
            }
            for (day, parts) in row.days {
                joined.days.entry(day).or_insert(parts);
            }
        }
        joined.of = of.clone();
        if !is_one {
            joined.forget_before(keep_from);
        }
        Some(joined)
    }
}

impl Ledger {
    /// Stores a joined row, unless the stored one has changed.
    pub(crate) async fn adopt_usage(
        &self,
        joined: &UsageRow,
        stored: Option<&UsageRow>,
    ) -> Result<(), LedgerError> {
        self.modify(&super::key(&joined.of), |old: Option<UsageRow>| {
            let is_same = old.as_ref() == stored;
            (is_same.then(|| joined.clone()), ())
        })
        .await
    }
}
