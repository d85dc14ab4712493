//! Whose contract a day's work belongs to. Pure.
//!
//! The rule, as it stands in the documentation: work on a project belongs to the contract of that person
//! that is live there on that UTC day, from its first day to its last, both included. Where several are
//! live, it belongs to the newest: the one with the latest first day, then with the larger id. Where none
//! is, it is skipped and counted. The whole day goes to one contract.
//!
//! The first day is the one that OpenTrain names, else the day on which the contract became active as far
//! as we heard. The last day is the day of its end; through a link that was removed, the day of the
//! removal. Contracts of all customers count: one person's day on one project is never reported twice.

use std::cmp::Ordering;

use jiff::civil::Date;

use super::options::utc_day;
use super::report::Skip;
use crate::connection::ConnectionName;
use crate::ids::{ContractId, LinkId, ProjectId};
use crate::ledger::{Environment, Hire, Trainer};
use crate::tool::Window;

/// A hire, in days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spell {
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
    /// The first day; unknown when only the end was heard of, and then the oldest of all.
    pub first: Option<Date>,
    /// The last day; none while it runs.
    pub last: Option<Date>,
    /// Why nothing can be reported through this hire, if nothing can.
    pub barred: Option<Skip>,
}

impl Spell {
    /// The days of one of the trainer's hires.
    pub fn of(
        trainer: &Trainer,
        hire: &Hire,
        environment: &Environment,
        barred: Option<Skip>,
    ) -> Self {
        let link = environment.link(&hire.connection, &hire.link);
        let removed = link.filter(|link| link.removed);
        let end = environment.end_of(trainer, hire);
        let ended = end.map(|end| end.stamp.happened_at());
        let last = [ended, removed.map(|link| link.at)]
            .into_iter()
            .flatten()
            .min();
        Self {
            connection: hire.connection.clone(),
            link: hire.link.clone(),
            contract: hire.contract.clone(),
            project: hire.project.clone(),
            managed: hire.managed,
            first: hire.first_day.or(hire.started_at.map(utc_day)),
            last: last.map(utc_day),
            barred: barred.or(removed.map(|_| Skip::LinkRemoved)),
        }
    }

    /// Whether the contract is live on that day.
    pub fn covers(&self, day: Date) -> bool {
        self.first.is_none_or(|first| first <= day) && self.last.is_none_or(|last| day <= last)
    }

    /// Whether the contract is live on any of those days.
    pub fn meets(&self, window: Window) -> bool {
        self.first.is_none_or(|first| first <= window.to)
            && self.last.is_none_or(|last| window.from <= last)
    }
}

/// The contract that one person's work on `project` on `day` belongs to, of all their `spells`.
pub fn owner<'a>(spells: &'a [Spell], project: &ProjectId, day: Date) -> Option<&'a ContractId> {
    let live = spells
        .iter()
        .filter(|it| it.project == *project && it.covers(day));
    live.max_by(|a, b| newer(a, b)).map(|spell| &spell.contract)
}

/// Ids are opaque; by length first, `ctr_10` is larger than `ctr_9`.
fn newer(a: &Spell, b: &Spell) -> Ordering {
    let id = |spell: &Spell| spell.contract.as_str().len();
    let by_id = id(a).cmp(&id(b)).then_with(|| a.contract.cmp(&b.contract));
    a.first.cmp(&b.first).then(by_id)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn spell(contract: &str, first: Option<i8>, last: Option<i8>) -> Spell {
        let day = |day: i8| date(2026, 6, day);
        Spell {
            connection: ConnectionName::single(),
            link: "plk_1".into(),
            contract: contract.into(),
            project: "p".into(),
            managed: false,
            first: first.map(day),
            last: last.map(day),
            barred: None,
        }
    }

    fn owner_on(spells: &[Spell], day: i8) -> Option<&str> {
        owner(spells, &"p".into(), date(2026, 6, day)).map(ContractId::as_str)
    }

    #[test]
    fn the_first_and_the_last_day_belong_to_a_contract() {
        let spells = [spell("a", Some(10), Some(12))];
        let owners: Vec<_> = (9..=13).map(|day| owner_on(&spells, day)).collect();
        assert_eq!(owners, [None, Some("a"), Some("a"), Some("a"), None]);
    }

    #[test]
    fn the_newest_of_several_has_the_day() {
        let spells = [
            spell("b", Some(8), None),
            spell("a", Some(10), None),
            spell("c", None, None),
        ];
        assert_eq!(owner_on(&spells, 7), Some("c"));
        assert_eq!(owner_on(&spells, 9), Some("b"));
        assert_eq!(owner_on(&spells, 10), Some("a"));
    }

    #[test]
    fn of_two_that_began_together_the_larger_id_has_the_day() {
        let spells = [
            spell("ctr_10", Some(8), None),
            spell("ctr_9", Some(8), None),
        ];
        assert_eq!(owner_on(&spells, 8), Some("ctr_10"));
    }
}
