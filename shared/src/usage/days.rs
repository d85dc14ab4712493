//! Days of a hire that a run covers, and days that are closed after it. Pure.
//!
//! A day is closed when a complete reading that was taken at least [`CLOSES_AFTER`] days later was accepted or had
//! nothing new, and the clock of the previous run agrees: a clock that is ahead once closes nothing. Days before the
//! first open day are not read again, except those of the look-back.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use super::attribution::{HirePeriod, first_difference};
use super::options::{earlier, next};
use crate::ledger::{Owned, UsageRow, total};
use crate::model::clock::day_of;
use crate::model::ids::ContractId;
use crate::tool::Window;

/// Maximum age of a day that is read, in days.
pub const MOST_DAYS: u16 = 35;

/// Minimum age of a day, in days, at which a reading can close it.
pub(super) const CLOSES_AFTER: u16 = 3;

/// The days that a run covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Today, in UTC.
    pub(super) today: Date,
    /// Number of days before today that are always read.
    pub(super) look_back: u16,
    /// The requested days, in place of the look-back and the open days.
    pub(super) asked: Option<Window>,
    /// Whether open days before the look-back are read even if a run of today has read them.
    pub(super) again: bool,
}

/// Facts about a contract, in addition to its days.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The day on which the ledger could first know the contract. Earlier days are never lost.
    pub(super) known_since: Option<Date>,
    /// The ends of all of the person's contracts at its projects: the day on which each was stated, and the day of the
    /// end. Work between an end and the next start does not count, even if no day changes its owner.
    pub(super) ends: Vec<(Date, Date)>,
}

/// The days of one hire.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct HireDays {
    /// The look-back, or the requested days.
    pub(super) recent: Option<Window>,
    /// Open days before `recent`.
    pub(super) older: Option<Window>,
    /// Days that were never closed and are too old to be read.
    pub(super) lost: BTreeSet<Date>,
    /// The first day that is not closed. It may be too old to be read; the next run then marks it as lost.
    pub(super) open_from: Date,
    /// Days from `open_from` on that a complete reading of a later day has settled.
    pub(super) settled: BTreeSet<Date>,
    /// Open days before this one are too old to be read.
    floor: Date,
    /// Open days before `floor` that are lost if the clock of this run is right.
    pub(super) waiting: BTreeSet<Date>,
    /// The first open day before `floor` that is too old only according to the clock of this run.
    kept: Option<Date>,
    /// The first day whose seconds may still grow. Days that are new to the contract may grow too.
    pub(super) sealed_to: Option<Date>,
}

impl Bounds {
    /// The oldest day that is read.
    pub(super) fn floor(&self) -> Date {
        earlier(self.today, MOST_DAYS)
    }

    /// The look-back, or the requested days.
    pub(super) fn recent(&self) -> Window {
        let look_back = Window {
            from: earlier(self.today, self.look_back),
            to: self.today,
        };
        self.asked.unwrap_or(look_back)
    }
}

impl Facts {
    /// The facts about a contract.
    pub(super) fn of(spells: &[HirePeriod], contract: &ContractId) -> Self {
        let own = spells.iter().filter(|it| it.contract == *contract);
        let known_since = own.clone().filter_map(|it| it.known_since).min();
        let projects: BTreeSet<_> = own.map(|it| &it.project).collect();
        let here = spells.iter().filter(|it| projects.contains(&it.project));
        let ends = here.filter_map(|it| Some((day_of(it.stated_at?), day_of(it.over_at?))));
        Self {
            known_since: known_since.map(day_of),
            ends: ends.collect(),
        }
    }

    /// The first day affected by ends that the previous run may not have known.
    fn ended_from(&self, row: &UsageRow, today: Date) -> Option<Date> {
        let before = last_run(row, today);
        let ends = self.ends.iter();
        let new = ends.filter(|(stated, _)| before.is_none_or(|before| before <= *stated));
        new.map(|(_, over)| *over).min()
    }
}

impl HireDays {
    /// The days of a hire that owns the days `owned` and has the row `row`.
    pub(super) fn of(
        owned: &BTreeSet<Owned>,
        row: Option<&UsageRow>,
        facts: &Facts,
        bounds: Bounds,
    ) -> Self {
        let (floor, recent, today) = (bounds.floor(), bounds.recent(), bounds.today);
        let known_since = facts.known_since.map_or(today, |it| it.min(today));
        // Not the floor, because there is no previous run whose clock could agree.
        let first = first_day(owned, row, earlier(known_since, MOST_DAYS)).unwrap_or(today);
        let last = owned.iter().map(|it| it.to.unwrap_or(today)).max();
        let end = last.into_iter().chain(row.and_then(last_worked)).max();
        let is_ahead = row.is_some_and(|row| is_ahead(row, today));
        let known = match is_ahead {
            true => Some(first.max(floor)),
            false => row.and_then(|row| open_from(row, recent.from)),
        };
        let marked = row.filter(|row| row.open_from.is_some());
        let moved = marked.and_then(|row| moved(owned, row, bounds));
        let ended = marked.and_then(|row| facts.ended_from(row, today));
        let settled = row.filter(|_| !is_ahead).map(|row| row.settled.iter());
        let settled = settled.into_iter().flatten();
        let stays = |day: &&Date| moved.is_none_or(|moved| **day < moved);
        let sealed_to = row.and_then(|row| row.sealed_to);
        let open_from = known.unwrap_or(first);
        let mut days = Self {
            open_from: [moved, ended]
                .into_iter()
                .flatten()
                .fold(open_from, Date::min),
            recent: end.filter(|end| *end >= recent.from).map(|_| recent),
            settled: settled.filter(stays).copied().collect(),
            sealed_to: sealed_to.map(|sealed| moved.map_or(sealed, |moved| sealed.min(moved))),
            ..Self::default()
        };
        let Some(end) = end.filter(|_| bounds.asked.is_none()) else {
            return days;
        };
        days.name_lost(owned, row, known_since, bounds);
        let from = days.open_from.max(floor);
        let to = end.min(earlier(recent.from, 1));
        // Runs whose clock was ahead do not count.
        let tried = row.is_some_and(|row| [row.older_on, row.ran_on] == [Some(today); 2]);
        if from <= to && (bounds.again || !tried || moved.or(ended).is_some()) {
            days.older = Some(Window { from, to });
        }
        days
    }

    /// Marks open days that are too old to be read as lost, if the clock of the previous run agrees. Days with accepted
    /// work are not lost, and marked days stay marked.
    fn name_lost(
        &mut self,
        owned: &BTreeSet<Owned>,
        row: Option<&UsageRow>,
        known_since: Date,
        bounds: Bounds,
    ) {
        let floor = bounds.floor();
        let agreed = row.and_then(|row| agreed(row, bounds.today));
        let is_agreed = |day: &Date| agreed.is_some_and(|agreed| *day < agreed);
        let is_owned = |day: &Date| owned.iter().any(|it| it.holds(*day));
        let is_settled = |day: &Date| self.settled.contains(day);
        let is_missed = |day: &Date| {
            is_owned(day) && !is_settled(day) && !row.is_some_and(|it| it.has_accepted(*day))
        };
        // If there is one run a day, the previous run was the last one that could read this day.
        let is_closed = |day: &Date| is_settled(day) && agreed == Some(*day);
        let is_held = |day: &Date| {
            let held = row.and_then(|row| row.held(*day));
            held.is_some_and(|parts| total(parts).is_some_work())
        };
        let is_marked = |day: &Date| row.is_some_and(|row| row.lost.contains_key(day));
        let old = self.open_from.series(1.day());
        let old = old.take_while(|day| *day < floor);
        let mut kept = old.clone().filter(|day| !is_agreed(day));
        let kept = kept.find(|day| (is_owned(day) || is_held(day)) && !is_closed(day));
        let missed = old.filter(|day| known_since <= *day && is_missed(day));
        let (lost, waiting) = missed.partition::<BTreeSet<_>, _>(is_agreed);
        self.lost = lost.into_iter().filter(|day| !is_marked(day)).collect();
        (self.waiting, self.kept) = (waiting, kept);
        self.open_from = agreed.map_or(self.open_from, |agreed| self.open_from.max(agreed));
        self.floor = floor;
    }

    /// Whether there are days to read or to mark as lost.
    pub(super) fn is_due(&self) -> bool {
        self.recent.is_some() || self.older.is_some() || self.is_losing()
    }

    /// Whether open days are too old to be read.
    pub(super) fn is_losing(&self) -> bool {
        !self.lost.is_empty() || !self.waiting.is_empty()
    }

    /// The windows, the older one first.
    pub(super) fn windows(&self) -> impl Iterator<Item = Window> + '_ {
        self.older.into_iter().chain(self.recent)
    }

    /// Whether the day is read.
    pub(super) fn hold(&self, day: Date) -> bool {
        self.windows().any(|window| window.holds(day))
    }

    /// The first day that is not closed after a reading on `read_on`, which did not settle the days `open`.
    pub(super) fn closed_by(&self, read_on: Date, open: &BTreeSet<Date>) -> Date {
        self.settled_to(earlier(read_on, CLOSES_AFTER), open)
    }

    /// The first day up to `newest` that could be read and was not, or that is one of `open`; the day after `newest` if
    /// there is none.
    pub(super) fn settled_to(&self, newest: Date, open: &BTreeSet<Date>) -> Date {
        let is_done = |day: &Date| match *day < self.floor {
            true => self.kept != Some(*day),
            false => self.hold(*day) && !open.contains(day),
        };
        let mut first = self.open_from;
        while first <= newest && is_done(&first) {
            first = next(first);
        }
        first
    }
}

/// Whether days were closed too early, because a clock was ahead. The first run with a different clock changes nothing,
/// because its own clock may be the wrong one.
fn is_ahead(row: &UsageRow, today: Date) -> bool {
    let newest = earlier(today, CLOSES_AFTER - 1);
    let is_closed_early = row.open_from.is_some_and(|open| open > newest);
    is_closed_early && row.ran_on.is_none_or(|day| day <= today)
}

/// The day of the previous run. A day after today was recorded while a clock was ahead, and is ignored.
pub(super) fn last_run(row: &UsageRow, today: Date) -> Option<Date> {
    row.ran_on.filter(|day| *day <= today)
}

/// The oldest day that is not too old according to the clock of the previous run.
pub(super) fn agreed(row: &UsageRow, today: Date) -> Option<Date> {
    last_run(row, today).map(|it| earlier(it, MOST_DAYS))
}

/// The first day that is not closed; `None` if no report has ended yet. Rows of the first form do not contain it; their
/// days were read up to the newest accepted one.
fn open_from(row: &UsageRow, recent: Date) -> Option<Date> {
    if row.open_from.is_some() || row.read_at.is_some() {
        return row.open_from;
    }
    let newest = row.days.keys().next_back().copied();
    Some(newest.unwrap_or(recent).min(recent))
}

/// The first day from `oldest` on that the hire owns, or that was sent by a report that never ended.
fn first_day(owned: &BTreeSet<Owned>, row: Option<&UsageRow>, oldest: Date) -> Option<Date> {
    let own = owned.iter().map(|it| it.from.unwrap_or(oldest).max(oldest));
    let sent = row.filter(|row| row.open_from.is_none()).into_iter();
    let sent = sent.flat_map(|row| row.sending.keys().copied());
    own.chain(sent).min()
}

/// The first day that the contract has got or given away since the previous run. Looks in the windows of both runs'
/// clocks, because one of them may be wrong.
fn moved(owned: &BTreeSet<Owned>, row: &UsageRow, bounds: Bounds) -> Option<Date> {
    let since = agreed(row, bounds.today).unwrap_or(bounds.floor());
    let until = row.ran_on.map_or(bounds.today, |it| it.max(bounds.today));
    first_difference(&row.owned, owned, since, until)
}

/// The last day for which OpenTrain may have work.
fn last_worked(row: &UsageRow) -> Option<Date> {
    let worked = row.days.iter().filter(|it| total(it.1).is_some_work());
    // OpenTrain may still have work that was set to zero without an answer.
    worked
        .map(|it| it.0)
        .chain(row.sending.keys())
        .max()
        .copied()
}

#[cfg(test)]
mod tests;
