//! Which days of a hire a run covers, and which are closed after it. Pure.
//!
//! A day is closed when a complete reading that was taken at least [`CLOSES_AFTER`] days later was accepted or had
//! nothing new. Days before the first one that is not closed are not read again, except those of the look-back.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::attribution::first_difference;
use super::options::{earlier, next};
use crate::ledger::{Owned, UsageRow, total};
use crate::tool::Window;

/// Days that are older than this many days are not read any more.
pub const MOST_DAYS: u16 = 35;

/// A day can be closed by a reading that was taken this many days later.
const CLOSES_AFTER: u16 = 3;

/// The days that a run covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Today, in UTC.
    pub(super) today: Date,
    /// How many days before today are always read.
    pub(super) look_back: u16,
    /// The days that were asked for, instead of the look-back and of open days.
    pub(super) asked: Option<Window>,
}

/// The days of one hire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HireDays {
    /// The look-back, or the days that were asked for.
    pub(super) recent: Option<Window>,
    /// Open days before that.
    pub(super) older: Option<Window>,
    /// Days that were never closed and are too old to be read.
    pub(super) lost: BTreeSet<Date>,
    /// The first day that is not closed.
    pub(super) open_from: Date,
}

impl Bounds {
    /// The oldest day that is read.
    pub(super) fn floor(&self) -> Date {
        earlier(self.today, MOST_DAYS)
    }

    /// The look-back, or the days that were asked for.
    pub(super) fn recent(&self) -> Window {
        let look_back = Window {
            from: earlier(self.today, self.look_back),
            to: self.today,
        };
        self.asked.unwrap_or(look_back)
    }
}

impl HireDays {
    /// The days of a hire that owns these days, with its row.
    pub(super) fn of(owned: &BTreeSet<Owned>, row: Option<&UsageRow>, bounds: Bounds) -> Self {
        let (floor, recent) = (bounds.floor(), bounds.recent());
        let first = owned.iter().map(|it| it.from.unwrap_or(floor)).min();
        let first = first.unwrap_or(bounds.today);
        let last = owned.iter().map(|it| it.to.unwrap_or(bounds.today)).max();
        let end = last.into_iter().chain(row.and_then(last_worked)).max();
        let known = row.and_then(|row| open_from(row, recent.from));
        let moved = row.filter(|row| row.open_from.is_some());
        let moved = moved.and_then(|row| first_difference(&row.owned, owned, floor, bounds.today));
        let open = known.into_iter().chain(moved).min().unwrap_or(first);
        let mut days = Self {
            open_from: open,
            recent: end.filter(|end| *end >= recent.from).map(|_| recent),
            ..Self::default()
        };
        let Some(end) = end.filter(|_| bounds.asked.is_none()) else {
            return days;
        };
        let is_owned = |day: &Date| owned.iter().any(|it| it.holds(*day));
        if row.is_some() {
            let gone = open.series(1.day()).take_while(|day| *day < floor);
            days.lost = gone.filter(is_owned).collect();
        }
        days.open_from = open.max(floor);
        let to = end.min(earlier(recent.from, 1));
        let tried = row.is_some_and(|row| row.older_on == Some(bounds.today));
        if days.open_from <= to && (!tried || moved.is_some()) {
            days.older = Some(Window {
                from: days.open_from,
                to,
            });
        }
        days
    }

    /// Whether anything is to be read, or to be named as lost.
    pub(super) fn is_due(&self) -> bool {
        self.recent.is_some() || self.older.is_some() || !self.lost.is_empty()
    }

    /// The spans, older first.
    pub(super) fn windows(&self) -> impl Iterator<Item = Window> + '_ {
        self.older.into_iter().chain(self.recent)
    }

    /// Whether the day is read.
    pub(super) fn hold(&self, day: Date) -> bool {
        self.windows().any(|window| window.holds(day))
    }

    /// The first day that is not closed after a reading that was taken on `read_on`; `open` are days that it did not
    /// settle. A final reading closes its own day, too.
    pub(super) fn closed_by(&self, read_on: Date, open: &BTreeSet<Date>, is_final: bool) -> Date {
        let newest = earlier(read_on, if is_final { 0 } else { CLOSES_AFTER });
        let mut first = self.open_from;
        while first <= newest && self.hold(first) && !open.contains(&first) {
            first = next(first);
        }
        first
    }
}

/// The first day that is not closed; none where no report has ended yet. Rows of the first form do not know it: their
/// days were read as far as the newest one that was accepted.
fn open_from(row: &UsageRow, recent: Date) -> Option<Date> {
    if row.open_from.is_some() || row.read_at.is_some() {
        return row.open_from;
    }
    let newest = row.days.keys().next_back().copied();
    Some(newest.unwrap_or(recent).min(recent))
}

/// The last day of which OpenTrain may hold work.
fn last_worked(row: &UsageRow) -> Option<Date> {
    let days = row.days.iter().chain(&row.sending);
    let worked = days.filter(|(_, parts)| total(parts).is_some_work());
    worked.map(|(day, _)| *day).max()
}

#[cfg(test)]
mod tests;
