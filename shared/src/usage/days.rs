//! Which days of a hire a run covers, and which are closed after it. Pure.
//!
//! A day is closed when a complete reading that was taken at least [`CLOSES_AFTER`] days later was accepted or had
//! nothing new, and the clock of the run before agrees: a clock that is ahead once closes nothing. Days before the first
//! one that is not closed are not read again, except those of the look-back.

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
pub(super) const CLOSES_AFTER: u16 = 3;

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
    /// Days from there on that a complete reading of a later day has settled.
    pub(super) settled: BTreeSet<Date>,
    /// The first day that is not closed, where days are too old to be read and no run of the last weeks is known: a clock
    /// may be ahead. The next run names them as lost.
    pub(super) waits_from: Option<Date>,
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
        let is_ahead = row.is_some_and(|row| is_ahead(row, bounds.today));
        let known = match is_ahead {
            true => Some(first.max(floor)),
            false => row.and_then(|row| open_from(row, recent.from)),
        };
        let moved = row.filter(|row| row.open_from.is_some());
        let moved = moved.and_then(|row| first_difference(&row.owned, owned, floor, bounds.today));
        let open = known.into_iter().chain(moved).min().unwrap_or(first);
        let settled = row.filter(|_| !is_ahead).map(|row| row.settled.iter());
        let settled = settled.into_iter().flatten();
        let stays = |day: &&Date| moved.is_none_or(|moved| **day < moved);
        let mut days = Self {
            open_from: open,
            recent: end.filter(|end| *end >= recent.from).map(|_| recent),
            settled: settled.filter(stays).copied().collect(),
            ..Self::default()
        };
        let Some(end) = end.filter(|_| bounds.asked.is_none()) else {
            return days;
        };
        let is_owned = |day: &Date| owned.iter().any(|it| it.holds(*day));
        if let Some(row) = row {
            let gone = open.series(1.day()).take_while(|day| *day < floor);
            let gone = gone.filter(is_owned);
            days.lost = gone.filter(|day| !days.settled.contains(day)).collect();
            if !days.lost.is_empty() && last_run(row, bounds.today).is_none_or(|it| it < floor) {
                days.lost.clear();
                days.waits_from = Some(open);
            }
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
        let is_read = self.recent.is_some() || self.older.is_some();
        is_read || !self.lost.is_empty() || self.waits_from.is_some()
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
    /// settle.
    pub(super) fn closed_by(&self, read_on: Date, open: &BTreeSet<Date>) -> Date {
        self.settled_to(earlier(read_on, CLOSES_AFTER), open)
    }

    /// The first day up to `newest` that was not read, or is one of `open`; the day after where there is none.
    pub(super) fn settled_to(&self, newest: Date, open: &BTreeSet<Date>) -> Date {
        let mut first = self.open_from;
        while first <= newest && self.hold(first) && !open.contains(&first) {
            first = next(first);
        }
        first
    }
}

/// Whether days are closed that no reading can have closed by now: a clock was ahead.
fn is_ahead(row: &UsageRow, today: Date) -> bool {
    let newest = earlier(today, CLOSES_AFTER - 1);
    row.open_from.is_some_and(|open| open > newest)
}

/// The day of the run before. One that is later than today was noted while a clock was ahead, and does not count.
pub(super) fn last_run(row: &UsageRow, today: Date) -> Option<Date> {
    row.ran_on.filter(|day| *day <= today)
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
