//! Attribution of a day's work to a contract. Pure.
//!
//! The rule, as it stands in the documentation: work on a project belongs to the contract of that person
//! that is live there on that UTC day, from its first day to its last, both included. Where several are
//! live, it belongs to the newest: the one with the latest first day, then with the larger id. Where none
//! is, it is skipped and counted. The whole day goes to one contract. A hire whose install is revoked, or whose
//! connection is not set up here, owns a day only where no other hire covers it.
//!
//! The first day is the earlier of the start date that OpenTrain states and the day of the start event: access is
//! granted with the event. The last day is that of the end ([`ContractEnd::last_day_of_work`]); through a link that
//! was removed, the day of the removal. Contracts of all customers count: one person's day on one project is never
//! reported twice.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::options::next;
use super::report::Skip;
use crate::ledger::{ContractEnd, Environment, Hire, Owned, Trainer};
use crate::model::ConnectionName;
use crate::model::clock::day_of;
use crate::model::ids::{ContractId, LinkId, ProjectId};

/// A hire, in days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HirePeriod {
    /// The install.
    pub connection: ConnectionName,
    /// The link.
    pub link: LinkId,
    /// The contract.
    pub contract: ContractId,
    /// The project in the tool.
    pub project: ProjectId,
    /// OpenTrain lets the person in itself. Their work counts all the same.
    pub managed: bool,
    /// The first day; unknown when only the end is known, and then the oldest of all.
    pub first: Option<Date>,
    /// The last day; none while it runs.
    pub last: Option<Date>,
    /// When it started, as far as is known: the earlier of the start event and the stated first day's midnight.
    pub started_at: Option<Timestamp>,
    /// When it was over; none while it runs.
    pub over_at: Option<Timestamp>,
    /// When the ledger could first know of it: at its start, or at the first answer or end that named it.
    pub known_since: Option<Timestamp>,
    /// When the newest of its facts was merged.
    pub stated_at: Option<Timestamp>,
    /// Whether the hire's organisation may use the project. Otherwise no day is the contract's there.
    pub allowed: bool,
    /// Why nothing can be reported through this hire, if nothing can.
    pub barred: Option<Skip>,
}

impl HirePeriod {
    /// The days of one of the trainer's hires.
    pub fn of(
        trainer: &Trainer,
        hire: &Hire,
        environment: &Environment,
        barred: Option<Skip>,
    ) -> Self {
        let link = environment.link(&hire.connection, &hire.link);
        let removed = link.filter(|link| link.removed).map(|link| link.at);
        let end = environment.end_of(trainer, hire);
        let over_at = [end.map(end_of_work), removed].into_iter().flatten().min();
        let last = [end.map(ContractEnd::last_day_of_work), removed.map(day_of)];
        let started = hire.started_at.map(day_of);
        let stated = hire.first_day.and_then(midnight);
        let stamps = [
            hire.start.as_ref().map(|start| start.merged_at),
            end.map(|end| end.stamp.merged_at),
            removed,
        ];
        Self {
            connection: hire.connection.clone(),
            link: hire.link.clone(),
            contract: hire.contract.clone(),
            project: hire.project.clone(),
            managed: hire.managed,
            first: hire.first_day.into_iter().chain(started).min(),
            last: last.into_iter().flatten().min(),
            started_at: hire.started_at.into_iter().chain(stated).min(),
            over_at,
            known_since: hire.started_at.or(end.map(|end| end.stamp.merged_at)),
            stated_at: stamps.into_iter().flatten().max(),
            allowed: environment.is_allowed(hire),
            barred: barred.or(removed.map(|_| Skip::LinkRemoved)),
        }
    }

    /// Whether the contract is live on that day.
    pub fn covers(&self, day: Date) -> bool {
        let has_begun = self.first.is_none_or(|first| first <= day);
        self.allowed && has_begun && self.last.is_none_or(|last| day <= last)
    }

    /// Whether there was any time between its start and its end.
    pub(super) fn has_run(&self) -> bool {
        let ends = self.started_at.zip(self.over_at);
        ends.is_none_or(|(started, over)| started <= over)
    }

    /// Whether other hires come first: nothing can be reported through this one at present.
    fn yields(&self) -> bool {
        matches!(self.barred, Some(Skip::InstallRevoked | Skip::NotServed))
    }
}

/// A day's first moment in UTC.
fn midnight(day: Date) -> Option<Timestamp> {
    let zoned = day.to_zoned(TimeZone::UTC).ok();
    zoned.map(|zoned| zoned.timestamp())
}

/// The moment at which a contract's work ended: that of the event on its last day, else the end of that day.
fn end_of_work(end: &ContractEnd) -> Timestamp {
    let (told, last) = (end.stamp.happened_at(), end.last_day_of_work());
    if day_of(told) == last {
        return told;
    }
    midnight(next(last)).unwrap_or(told)
}

/// The contract that one person's work on `project` on `day` belongs to, of all their `spells`.
pub fn owner<'a>(
    spells: &'a [HirePeriod],
    project: &ProjectId,
    day: Date,
) -> Option<&'a ContractId> {
    let live = spells
        .iter()
        .filter(|it| it.project == *project && it.covers(day));
    live.max_by(|a, b| newer(a, b)).map(|spell| &spell.contract)
}

/// Whether a contract's organisation may use the project, at each of the hires.
pub fn is_allowed(spells: &[HirePeriod], contract: &ContractId, project: &ProjectId) -> bool {
    let mut own = spells
        .iter()
        .filter(|it| it.contract == *contract && it.project == *project);
    own.all(|it| it.allowed)
}

/// Ids are opaque; by length first, `ctr_10` is larger than `ctr_9`.
fn newer(a: &HirePeriod, b: &HirePeriod) -> Ordering {
    let id = |spell: &HirePeriod| spell.contract.as_str().len();
    let by_id = id(a).cmp(&id(b)).then_with(|| a.contract.cmp(&b.contract));
    let by_day = a.first.cmp(&b.first).then(by_id);
    b.yields().cmp(&a.yields()).then(by_day)
}

/// The days that belong to a contract, in as few pieces as there are.
pub fn owned(spells: &[HirePeriod], contract: &ContractId) -> BTreeSet<Owned> {
    let own = spells.iter().filter(|it| it.contract == *contract);
    let projects: BTreeSet<_> = own.map(|it| &it.project).collect();
    let projects = projects.into_iter();
    projects
        .flat_map(|project| owned_on(spells, contract, project))
        .collect()
}

/// Ownership changes only where a spell begins or is over: it is looked at once between two such days.
fn owned_on(spells: &[HirePeriod], contract: &ContractId, project: &ProjectId) -> Vec<Owned> {
    let here = spells.iter().filter(|it| it.project == *project);
    let bounds = here.flat_map(|it| [it.first, it.last.map(next)]);
    let bounds: BTreeSet<Date> = bounds.flatten().collect();
    let starts = std::iter::once(None).chain(bounds.iter().copied().map(Some));
    let mut pieces: Vec<Owned> = Vec::new();
    for from in starts {
        let probe = from.unwrap_or(Date::MIN);
        if owner(spells, project, probe) != Some(contract) {
            continue;
        }
        let after = bounds
            .iter()
            .find(|bound| from.is_none_or(|from| **bound > from));
        let to = after.and_then(|after| after.checked_sub(1.day()).ok());
        match pieces.last_mut() {
            Some(last) if last.to.map(next) == from && from.is_some() => last.to = to,
            _ => pieces.push(Owned {
                project: project.clone(),
                from,
                to,
            }),
        }
    }
    pieces
}

/// The first day from `since` on that belonged to a contract on one project or now does, but not both.
pub fn first_difference(
    before: &BTreeSet<Owned>,
    now: &BTreeSet<Owned>,
    since: Date,
    until: Date,
) -> Option<Date> {
    if before == now {
        return None;
    }
    let on = |owned: &BTreeSet<Owned>, day: Date| -> BTreeSet<ProjectId> {
        let on = owned.iter().filter(|it| it.holds(day));
        on.map(|it| it.project.clone()).collect()
    };
    let edges = before
        .iter()
        .chain(now)
        .flat_map(|it| [it.from, it.to.map(next)]);
    let days: BTreeSet<Date> = edges.flatten().chain([since]).collect();
    let mut days = days.range(since..).take_while(|day| **day <= until);
    days.find(|day| on(before, **day) != on(now, **day))
        .copied()
}

#[cfg(test)]
mod tests;
