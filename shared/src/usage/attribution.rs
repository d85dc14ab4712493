//! Attribution of a day's work to a contract. Pure.
//!
//! A person's work on a project on a UTC day belongs to the person's contract that is live there on that day, from its
//! first day to its last, both included. If several are live, it belongs to the newest: the contract with the latest
//! first day, then with the larger id. If none is live, the work is skipped and counted. The whole day belongs to one
//! contract. A hire whose install is revoked, or whose connection is not set up here, only owns a day that no other
//! hire covers.
//!
//! The first day is the earlier of OpenTrain's start date and the day of the start event, because access is granted
//! with the event. The last day is that of the end ([`ContractEnd::last_day_of_work`]), or the day on which the link
//! was removed. Contracts of all customers count, so one person's day on one project is never reported twice.

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

/// The period of a hire.
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
    /// Whether OpenTrain grants access itself. The work counts in any case.
    pub managed: bool,
    /// The first day; `None` if only the end is known, which counts as the oldest.
    pub first: Option<Date>,
    /// The last day; `None` while the hire runs.
    pub last: Option<Date>,
    /// Start, if it is known: the earlier of the start event and midnight of the stated first day.
    pub started_at: Option<Timestamp>,
    /// End; `None` while the hire runs.
    pub over_at: Option<Timestamp>,
    /// Time at which the ledger could first know the hire: its start, or the first answer or end that contains it.
    pub known_since: Option<Timestamp>,
    /// Time at which its newest fact was merged.
    pub stated_at: Option<Timestamp>,
    /// Whether the hire's organisation may use the project. Otherwise the contract owns no day there.
    pub allowed: bool,
    /// Reason why nothing can be reported through this hire; `None` if it can.
    pub barred: Option<Skip>,
}

impl HirePeriod {
    /// The period of one of the trainer's hires.
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

    /// Whether it did not end before its start.
    pub(super) fn has_run(&self) -> bool {
        let ends = self.started_at.zip(self.over_at);
        ends.is_none_or(|(started, over)| started <= over)
    }

    /// Whether other hires take precedence, because nothing can be reported through this one at present.
    fn yields(&self) -> bool {
        matches!(self.barred, Some(Skip::InstallRevoked | Skip::NotServed))
    }
}

/// A day's first moment in UTC.
fn midnight(day: Date) -> Option<Timestamp> {
    let zoned = day.to_zoned(TimeZone::UTC).ok();
    zoned.map(|zoned| zoned.timestamp())
}

/// Time at which a contract's work ended: the time of the event if that is on the last day, else the end of the last
/// day.
fn end_of_work(end: &ContractEnd) -> Timestamp {
    let (told, last) = (end.stamp.happened_at(), end.last_day_of_work());
    if day_of(told) == last {
        return told;
    }
    midnight(next(last)).unwrap_or(told)
}

/// The contract that owns one person's work on `project` on `day`, of all hires of the person.
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

/// Whether the contract's organisation may use the project, at all its hires.
pub fn is_allowed(spells: &[HirePeriod], contract: &ContractId, project: &ProjectId) -> bool {
    let mut own = spells
        .iter()
        .filter(|it| it.contract == *contract && it.project == *project);
    own.all(|it| it.allowed)
}

/// Ids are opaque. They are ordered by length first, so that `ctr_10` is larger than `ctr_9`.
fn newer(a: &HirePeriod, b: &HirePeriod) -> Ordering {
    let id = |spell: &HirePeriod| spell.contract.as_str().len();
    let by_id = id(a).cmp(&id(b)).then_with(|| a.contract.cmp(&b.contract));
    let by_day = a.first.cmp(&b.first).then(by_id);
    b.yields().cmp(&a.yields()).then(by_day)
}

/// The days that belong to a contract, in as few pieces as possible.
pub fn owned(spells: &[HirePeriod], contract: &ContractId) -> BTreeSet<Owned> {
    let own = spells.iter().filter(|it| it.contract == *contract);
    let projects: BTreeSet<_> = own.map(|it| &it.project).collect();
    let projects = projects.into_iter();
    projects
        .flat_map(|project| owned_on(spells, contract, project))
        .collect()
}

/// The owner only changes on days on which a hire begins or is over, so only these days are checked.
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

/// The first day from `since` to `until` whose owner has changed on a project, from or to this contract.
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
