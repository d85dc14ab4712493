//! The totals of one person that OpenTrain should have. Pure.
//!
//! Work is processed by project and day. The contract that owns the day gets the work that the tool shows, and it is
//! withdrawn from other contracts. A day moves in two steps: it is withdrawn from one contract ([`Sheet::first`])
//! before it is added to another ([`Sheet::then`]), so that nothing is counted twice at any moment.

mod day;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::attribution::owner;
use super::days::Bounds;
use super::people::{Contract, GRACE, Person};
use super::reading::{Days, Reading, Readings, odd_day};
use super::report::{HeldBack, Stuck};
use crate::ledger::{Hired, Measures, Missing, Parts, unknown_project};
use crate::model::clock::after;
use crate::model::ids::{ContractId, ProjectId, TrainerId};
use crate::tool::TimeSource;

/// The changes of one run for one contract of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) of: Hired,
    /// Time of the oldest of its readings; `None` if nothing was read.
    pub(super) read_at: Option<Timestamp>,
    /// Whether the seconds no longer grow after this reading: the contract is over, and the tool's measures could be
    /// forged afterwards.
    pub(super) is_final: bool,
    /// The days whose total changes, as they are sent in the first step.
    pub(super) first: BTreeMap<Date, Parts>,
    /// Days that get work from another contract, as they are sent in the second step.
    pub(super) then: BTreeMap<Date, Gain>,
    /// Days that this run does not settle.
    pub(super) open: BTreeSet<Date>,
    /// The open days that the tool does not show. If an earlier reading has settled them, they stay settled.
    pub(super) unread: BTreeSet<Date>,
    /// Days whose work can no longer be read: their project is gone from the tool, and its links were removed.
    pub(super) lost: BTreeSet<Date>,
    /// Open days that keep the run from being whole.
    pub(super) short: BTreeSet<Date>,
    /// Days whose work becomes zero.
    pub(super) zeroed: BTreeSet<Date>,
    /// Accepted days that the tool no longer shows.
    pub(super) missing: Vec<Missing>,
    /// Accepted work that would become zero.
    pub(super) drops: Vec<Drop>,
    /// Impossible numbers.
    pub(super) held_back: Vec<HeldBack>,
    /// Work that stays with another contract, because it can't be withdrawn.
    pub(super) stuck: Vec<Stuck>,
    /// Number of days that OpenTrain has completely.
    pub(super) unchanged: u64,
}

/// A day that gets work from other contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gain {
    pub(super) parts: Parts,
    /// The contracts from which it has to be withdrawn first.
    pub(super) from: BTreeSet<ContractId>,
}

/// Accepted work of a project and day that would become zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Drop {
    pub(super) project: ProjectId,
    /// The seconds that OpenTrain has.
    pub(super) seconds: i64,
    /// Time since which the tool has not shown it; `None` if it shows a zero.
    pub(super) missing_since: Option<Timestamp>,
}

/// The decision about work that would become zero.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Projects from which too much would be gone, so that an operator has to confirm it.
    pub(super) held: BTreeSet<ProjectId>,
    /// Presence of each person in each project with missing days. Days are gone if the person was present at both
    /// readings.
    pub(super) gone: BTreeMap<(TrainerId, ProjectId), Presence>,
}

/// Presence of a person in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// The person has had access since this time.
    InSince(Timestamp),
    /// The person has no access, or the tool does not show the project.
    Out,
}

/// The input of a sheet.
pub(super) struct Ground<'a> {
    pub(super) readings: &'a Readings,
    pub(super) bounds: Bounds,
    /// The time between two readings that prove an absence.
    pub(super) confirm_after: std::time::Duration,
    /// Whether days that have not changed are sent too.
    pub(super) all: bool,
    pub(super) verdict: &'a Verdict,
}

/// The sheets of a person's contracts that have days to read.
pub(super) fn sheets(person: &Person, ground: &Ground<'_>) -> Vec<Sheet> {
    let due = person.contracts.iter().filter(|it| it.days.is_due());
    due.map(|contract| sheet(person, contract, ground))
        .collect()
}

fn sheet(person: &Person, contract: &Contract, ground: &Ground<'_>) -> Sheet {
    let own: Vec<_> = days_read(contract, ground.readings).collect();
    let read_at = own.iter().map(|days| days.read_at).min();
    let mut sheet = Sheet {
        of: contract.of.clone(),
        read_at,
        is_final: is_final(contract, &own, read_at),
        first: BTreeMap::new(),
        then: BTreeMap::new(),
        open: BTreeSet::new(),
        unread: BTreeSet::new(),
        lost: BTreeSet::new(),
        short: BTreeSet::new(),
        zeroed: BTreeSet::new(),
        missing: Vec::new(),
        drops: Vec::new(),
        held_back: held_back_days(person, contract, ground),
        stuck: Vec::new(),
        unchanged: 0,
    };
    for day in contract.days.windows().flat_map(|window| window.days()) {
        day::add(&mut sheet, person, contract, ground, day);
    }
    sheet
}

/// The readings of the contract's projects.
fn days_read<'a>(contract: &'a Contract, readings: &'a Readings) -> impl Iterator<Item = &'a Days> {
    let projects = contract.projects_read().into_iter();
    let readings = projects.filter_map(|project| readings.get(project));
    readings.flatten().filter_map(Reading::days)
}

/// Whether the readings are the last ones whose seconds count. In a tool that measures activity, every account may
/// write to the log, and backdate its entries.
fn is_final(contract: &Contract, own: &[&Days], read_at: Option<Timestamp>) -> bool {
    let over = contract.over_at.map(|at| after(at, GRACE));
    let is_active = own.iter().any(|days| days.time == TimeSource::Active);
    is_active && over.zip(read_at).is_some_and(|(over, at)| over <= at)
}

/// Rows of days that were not requested.
fn held_back_days(person: &Person, contract: &Contract, ground: &Ground<'_>) -> Vec<HeldBack> {
    let mut held_back = Vec::new();
    for (project, readings) in ground.readings {
        let asked = |day: Date| readings.iter().any(|reading| reading.window.holds(day));
        for days in readings.iter().filter_map(|reading| reading.days()) {
            for (day, row) in days.rows(person) {
                let own = owner(&person.spells, project, day);
                if asked(day) || own != Some(&contract.of.contract) {
                    continue;
                }
                let because = odd_day(ground.bounds.today, day);
                held_back.push(HeldBack {
                    of: contract.of.clone(),
                    day,
                    measures: row.measures,
                    because,
                });
            }
        }
    }
    held_back
}

/// The person's other contracts for which OpenTrain has or may have work on a project's day.
fn holders<'a>(
    person: &'a Person,
    project: &'a ProjectId,
    day: Date,
    own: &'a Contract,
) -> impl Iterator<Item = &'a Contract> {
    let others = person.contracts.iter();
    let others = others.filter(|it| it.of.contract != own.of.contract);
    others.filter(move |it| may_hold(it, project, day) || is_unknown(person, it, project, day))
}

/// Whether OpenTrain may have the day because the record of the contract's reports is unreadable, and the contract was
/// live on that day.
fn is_unknown(person: &Person, contract: &Contract, project: &ProjectId, day: Date) -> bool {
    let own = person.spells.iter();
    let mut own = own.filter(|it| it.contract == contract.of.contract && it.project == *project);
    contract.is_unreadable && own.any(|spell| spell.covers(day))
}

/// Whether OpenTrain may have work on a project's day for a contract, because it was accepted, or sent without an
/// answer. Days of the first form may belong to any of the contract's projects.
fn may_hold(contract: &Contract, project: &ProjectId, day: Date) -> bool {
    let row = contract.row.iter();
    let parts = row.flat_map(|row| [row.days.get(&day), row.sending.get(&day)]);
    let unknown = unknown_project();
    let measures = parts.flatten().filter_map(|parts| {
        let part = parts.get(project).or_else(|| parts.get(&unknown));
        part.copied()
    });
    measures.into_iter().any(Measures::is_some_work)
}
