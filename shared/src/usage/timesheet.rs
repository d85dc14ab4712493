//! What OpenTrain should hold of one person's work on one contract. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::attribution::{Spell, owner};
use super::report::{HeldBack, Odd};
use crate::ids::ProjectId;
use crate::ledger::{Hired, Measures, UsageRow};
use crate::tool::Window;

/// Seconds of a day, by the clock of UTC.
const DAY_SECONDS: i64 = 86_400;

/// One person's days on one project, as the tool tells them.
pub(super) type Rows = Vec<(Date, Measures)>;

/// One person's days on one project, and whether these are all.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProjectDays<'a> {
    pub(super) rows: &'a [(Date, Measures)],
    /// False when rows of the project could not be read: a day that is not here may be one of these.
    pub(super) complete: bool,
}

/// The days that a run may speak of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) window: Window,
    pub(super) today: Date,
}

/// One person's work on one contract, over all projects that its links point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timesheet {
    pub(super) of: Hired,
    /// Whole days.
    pub(super) days: BTreeMap<Date, Measures>,
    /// Work on the same projects and days that belongs to other contracts of the person.
    elsewhere: BTreeMap<Date, Measures>,
    /// Days of which a part may be missing, since rows could not be read: their totals are not lowered.
    in_part: BTreeSet<Date>,
    /// Days that hold a number which can't be true.
    pub(super) held_back: Vec<HeldBack>,
}

/// Adds up what belongs to a contract, of all the `spells` of its person. `days` are the person's, by
/// project.
pub(super) fn timesheet<'a>(
    of: Hired,
    spells: &[Spell],
    days: impl Fn(&ProjectId) -> ProjectDays<'a>,
    bounds: Bounds,
) -> Timesheet {
    let mut sheet = Timesheet {
        of,
        days: BTreeMap::new(),
        elsewhere: BTreeMap::new(),
        in_part: BTreeSet::new(),
        held_back: Vec::new(),
    };
    for project in projects(spells, &sheet.of, bounds.window) {
        let ProjectDays { rows, complete } = days(project);
        if !complete {
            sheet.in_part.extend(missing(rows, bounds.window));
        }
        for (day, measures) in rows {
            match owner(spells, project, *day) {
                Some(contract) if *contract == sheet.of.contract => {
                    sheet.add(*day, *measures, bounds)
                }
                Some(_) => add(sheet.elsewhere.entry(*day).or_default(), *measures),
                None => {}
            }
        }
    }
    sheet.hold_back();
    sheet
}

/// The days of the window that are not in `rows`.
fn missing(rows: &[(Date, Measures)], window: Window) -> impl Iterator<Item = Date> {
    let known: BTreeSet<_> = rows.iter().map(|(day, _)| *day).collect();
    let days = window
        .from
        .series(1.day())
        .take_while(move |day| *day <= window.to);
    days.filter(move |day| !known.contains(day))
}

/// The projects that a contract's days may be on.
pub(super) fn projects<'a>(
    spells: &'a [Spell],
    of: &Hired,
    window: Window,
) -> BTreeSet<&'a ProjectId> {
    let own = spells
        .iter()
        .filter(|it| it.contract == of.contract && it.meets(window));
    own.map(|spell| &spell.project).collect()
}

impl Timesheet {
    fn add(&mut self, day: Date, measures: Measures, bounds: Bounds) {
        if let Some(because) = odd(day, measures, bounds) {
            self.held_back.push(HeldBack {
                of: self.of.clone(),
                day,
                measures,
                because,
            });
        }
        add(self.days.entry(day).or_default(), measures);
    }

    /// Leaves out of each day's total what can't be true. A part of a measure must not be reported as the whole of it:
    /// it is held back over all projects. The day's other measures are reported.
    fn hold_back(&mut self) {
        let of = self.of.clone();
        let long = self
            .days
            .iter()
            .filter(|(_, it)| it.seconds > Some(DAY_SECONDS));
        let long = long.map(|(day, measures)| HeldBack {
            of: of.clone(),
            day: *day,
            measures: *measures,
            because: Odd::TooLong,
        });
        self.held_back.extend(long);
        for held in &self.held_back {
            for days in [&mut self.days, &mut self.elsewhere] {
                if let Some(total) = days.get_mut(&held.day) {
                    *total = held.left_of(*total);
                }
            }
        }
    }

    /// The days that differ from what OpenTrain holds (all of them, if `all`), and how many don't.
    pub(super) fn changes(
        &self,
        stored: Option<&UsageRow>,
        all: bool,
    ) -> (BTreeMap<Date, Measures>, u64) {
        let (mut changes, mut unchanged) = (BTreeMap::new(), 0);
        let days: BTreeSet<_> = self.days.keys().chain(self.elsewhere.keys()).collect();
        for day in days {
            let held = stored
                .and_then(|row| row.days.get(day))
                .copied()
                .unwrap_or_default();
            let total = self.total(*day, held);
            if total == Measures::default() {
                continue;
            }
            if all || total.over(held) != held {
                changes.insert(*day, total);
            } else {
                unchanged += 1;
            }
        }
        (changes, unchanged)
    }

    /// A day's total. A total of which a part may be missing is not lowered. What OpenTrain holds for this contract and now belongs to another one is taken back:
    /// a contract that was heard of later may be the newer one, and no work may count twice.
    fn total(&self, day: Date, held: Measures) -> Measures {
        let own = self.days.get(&day).copied().unwrap_or_default();
        let elsewhere = self.elsewhere.get(&day).copied().unwrap_or_default();
        let measure = |own: Option<i64>, elsewhere: Option<i64>, held: Option<i64>| {
            let taken_back = elsewhere.is_some() && held.is_some_and(|held| held != 0);
            let total = own.or(taken_back.then_some(0));
            match self.in_part.contains(&day) {
                true => total.map(|total| held.map_or(total, |held| held.max(total))),
                false => total,
            }
        };
        Measures {
            seconds: measure(own.seconds, elsewhere.seconds, held.seconds),
            tasks: measure(own.tasks, elsewhere.tasks, held.tasks),
            labels: measure(own.labels, elsewhere.labels, held.labels),
        }
    }
}

impl HeldBack {
    /// What is left of a day's total when this is held back.
    fn left_of(&self, total: Measures) -> Measures {
        let is_true = |total: Option<i64>, told: Option<i64>| {
            total.filter(|_| told.is_none_or(|told| told >= 0))
        };
        match self.because {
            Odd::Future | Odd::OutsideWindow => Measures::default(),
            Odd::TooLong => Measures {
                seconds: None,
                ..total
            },
            Odd::Negative => Measures {
                seconds: is_true(total.seconds, self.measures.seconds),
                tasks: is_true(total.tasks, self.measures.tasks),
                labels: is_true(total.labels, self.measures.labels),
            },
        }
    }
}

fn odd(day: Date, measures: Measures, bounds: Bounds) -> Option<Odd> {
    let counts = [measures.seconds, measures.tasks, measures.labels];
    if day > bounds.today {
        Some(Odd::Future)
    } else if day < bounds.window.from || day > bounds.window.to {
        Some(Odd::OutsideWindow)
    } else {
        let negative = counts.iter().flatten().any(|count| *count < 0);
        negative.then_some(Odd::Negative)
    }
}

/// What is absent on both sides stays absent.
fn add(sum: &mut Measures, more: Measures) {
    let plus = |a: Option<i64>, b: Option<i64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (a, b) => a.or(b),
    };
    *sum = Measures {
        seconds: plus(sum.seconds, more.seconds),
        tasks: plus(sum.tasks, more.tasks),
        labels: plus(sum.labels, more.labels),
    };
}
