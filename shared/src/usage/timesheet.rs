//! What OpenTrain should hold of one person's work on one contract. Pure.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Days that hold a number which can't be true.
    pub(super) held_back: Vec<HeldBack>,
}

/// Adds up what belongs to a contract, of all the `spells` of its person. `rows` are the person's, by
/// project.
pub(super) fn timesheet<'a>(
    of: Hired,
    spells: &[Spell],
    rows: impl Fn(&ProjectId) -> &'a [(Date, Measures)],
    bounds: Bounds,
) -> Timesheet {
    let mut sheet = Timesheet {
        of,
        days: BTreeMap::new(),
        elsewhere: BTreeMap::new(),
        held_back: Vec::new(),
    };
    for project in projects(spells, &sheet.of, bounds.window) {
        for (day, measures) in rows(project) {
            match owner(spells, project, *day) {
                Some(contract) if *contract == sheet.of.contract => {
                    sheet.add(*day, *measures, bounds)
                }
                Some(_) => add(sheet.elsewhere.entry(*day).or_default(), *measures),
                None => {}
            }
        }
    }
    sheet.hold_back_long_days();
    sheet
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
        match odd(day, measures, bounds) {
            Some(because) => {
                self.held_back.push(HeldBack {
                    of: self.of.clone(),
                    day,
                    measures,
                    because,
                });
            }
            None => add(self.days.entry(day).or_default(), measures),
        }
    }

    /// A part of a day must not be reported as the whole of it: a day with one number that can't be true
    /// is held back with all of its numbers.
    fn hold_back_long_days(&mut self) {
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
            self.days.remove(&held.day);
            self.elsewhere.remove(&held.day);
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

    /// A day's total. What OpenTrain holds for this contract and now belongs to another one is taken back:
    /// a contract that was heard of later may be the newer one, and no work may count twice.
    fn total(&self, day: Date, held: Measures) -> Measures {
        let own = self.days.get(&day).copied().unwrap_or_default();
        let elsewhere = self.elsewhere.get(&day).copied().unwrap_or_default();
        let measure = |own: Option<i64>, elsewhere: Option<i64>, held: Option<i64>| {
            let taken_back = elsewhere.is_some() && held.is_some_and(|held| held != 0);
            own.or(taken_back.then_some(0))
        };
        Measures {
            seconds: measure(own.seconds, elsewhere.seconds, held.seconds),
            tasks: measure(own.tasks, elsewhere.tasks, held.tasks),
            labels: measure(own.labels, elsewhere.labels, held.labels),
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
