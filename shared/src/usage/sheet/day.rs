//! One day of one contract.

mod gone;
mod odd;

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Gain, Ground, Sheet, holders};
use crate::ledger::{Measures, Missing, Parts, total, unknown_project};
use crate::model::ids::{ContractId, ProjectId};
use crate::tool::Spans;
use crate::usage::attribution::{is_allowed, owner};
use crate::usage::people::{Contract, Person};
use crate::usage::reading::{Row, Seen, seen, spans};
use crate::usage::report::Stuck;

/// Adds a day to the sheet of a contract.
pub(super) fn add(
    sheet: &mut Sheet,
    person: &Person,
    contract: &Contract,
    ground: &Ground<'_>,
    date: Date,
) {
    let held = contract.held(date).unwrap_or(&NOTHING);
    let mut day = Day {
        person,
        contract,
        ground,
        date,
        first: held.clone(),
        then: held.clone(),
        from: BTreeSet::new(),
        held,
        is_shown: false,
        is_open: false,
        is_short: false,
        is_unread: false,
        waits: false,
        is_zeroed: false,
        active: Spans::default(),
        is_final: sheet.is_final,
    };
    for project in day.projects() {
        day.look_at(project, sheet);
    }
    day.forget_unknown();
    day.leave_out_impossible(sheet);
    day.enter(sheet);
}

static NOTHING: Parts = Parts::new();

struct Day<'a> {
    person: &'a Person,
    contract: &'a Contract,
    ground: &'a Ground<'a>,
    date: Date,
    /// The work that OpenTrain has, or may have.
    held: &'a Parts,
    /// The work that it should have after the first step.
    first: Parts,
    /// The work that it should have in the end.
    then: Parts,
    /// The contracts from which work has to be withdrawn first.
    from: BTreeSet<ContractId>,
    /// Whether the tool shows any of the day's work.
    is_shown: bool,
    /// Whether the reading leaves the day open.
    is_open: bool,
    /// Whether some of its work is not reported although it was read.
    is_short: bool,
    /// Whether the reading does not show the day.
    is_unread: bool,
    /// Whether one of its projects could not be read, so that the day must not be reported: a part is not the total.
    waits: bool,
    /// Whether work of the day becomes zero.
    is_zeroed: bool,
    /// Times at which the person was active in the projects processed so far, if the tool reports them.
    active: Spans,
    is_final: bool,
}

impl<'a> Day<'a> {
    /// The projects that the contract owns on the day, or for which it has reported work, in order.
    fn projects(&self) -> Vec<&'a ProjectId> {
        let owned = self.contract.owned.iter().filter(|it| it.holds(self.date));
        let owned = owned.map(|it| &it.project);
        let mut projects: Vec<_> = owned.chain(self.held.keys()).collect();
        projects.retain(|it| **it != unknown_project());
        projects.sort_unstable();
        projects.dedup();
        projects
    }

    fn look_at(&mut self, project: &ProjectId, sheet: &mut Sheet) {
        let owner = owner(&self.person.spells, project, self.date);
        let own = &self.contract.of.contract;
        let is_own = owner == Some(own);
        let seen = seen(self.ground.readings, self.person, project, self.date);
        if owner.is_some() && !matches!(seen, Seen::Row(_) | Seen::Unread) {
            self.keep_taken_back(project);
        }
        match seen {
            // Work that was reported before the project belonged to another organisation stays.
            _ if owner.is_none() && !is_allowed(&self.person.spells, own, project) => {}
            _ if owner.is_none() => self.give_back(project),
            Seen::Row(row) if is_own => self.take(project, row, sheet),
            Seen::Row(_) if self.can_take(owner) => self.give_back(project),
            Seen::Row(_) => self.is_open = true,
            Seen::Absent(read_at) => self.miss(project, read_at, sheet),
            Seen::AbsentInPart if is_own && self.holds(project) => {
                self.fall_short();
                self.keep_missing(project, sheet);
            }
            Seen::AbsentInPart => {
                self.is_unread |= self.holds(project);
                self.keep_missing(project, sheet);
            }
            Seen::Unlinked { had_totals } => {
                self.is_unread |= is_own || self.holds(project);
                if is_own && self.is_lost(project, had_totals) {
                    sheet.lost.insert(self.date);
                }
                self.keep_missing(project, sheet);
            }
            Seen::Nothing | Seen::Unclear | Seen::Unread => {
                // Another contract's work has to be withdrawn.
                self.is_unread |= is_own || self.holds(project);
                self.is_short |= is_own && seen == Seen::Unclear;
                self.waits |= seen == Seen::Unread;
                self.keep_missing(project, sheet);
            }
        }
    }

    /// Records that some of the day's work is not reported.
    fn fall_short(&mut self) {
        (self.is_open, self.is_short) = (true, true);
    }

    /// Whether the work can be added to a contract in this run. Otherwise it stays where it is, so that nothing is
    /// lost.
    fn can_take(&self, contract: Option<&ContractId>) -> bool {
        let mut contracts = self.person.contracts.iter();
        contracts.any(|it| Some(&it.of.contract) == contract && it.can_change(self.date))
    }

    /// Withdraws the work of a day that belongs to another contract, or to none.
    fn give_back(&mut self, project: &ProjectId) {
        if let Some(part) = self.part(project).filter(|part| part.is_some_work()) {
            self.set(project, part.zeroed());
        }
    }

    /// Adds the work that the tool shows for a day of the contract.
    fn take(&mut self, project: &ProjectId, row: Row, sheet: &mut Sheet) {
        let part = self.part(project).unwrap_or_default();
        let others: Vec<_> = holders(self.person, project, self.date, self.contract).collect();
        let mut measures = self.counted_once(project, row.measures).over(part);
        if row.in_part {
            measures = measures.at_least(part);
            self.fall_short();
        }
        if self.is_closed() {
            let given = others.iter().filter_map(|it| it.held(self.date));
            let given = given.filter_map(|parts| parts.get(project).copied());
            let most = given.fold(part, Measures::plus);
            measures.seconds = measures.seconds.min(most.seconds);
        }
        self.is_shown = true;
        if part.is_gone_in(measures) {
            sheet.drops.push(self.drop(project, part, None));
            if self.ground.verdict.held.contains(project) {
                self.is_open = true;
                sheet.missing.extend(sheet.read_at.map(|read_at| Missing {
                    project: project.clone(),
                    day: self.date,
                    since: self.missing_since(project).unwrap_or(read_at),
                }));
                return;
            }
            self.is_zeroed = true;
        }
        if others.is_empty() {
            self.set(project, measures);
            return;
        }
        let keeps = |it: &&&Contract| !it.can_change(self.date);
        if let Some(other) = others.iter().find(keeps) {
            self.fall_short();
            sheet.stuck.push(Stuck {
                of: self.contract.of.clone(),
                held_by: other.of.contract.clone(),
                project: project.clone(),
                day: self.date,
            });
            return;
        }
        self.from
            .extend(others.iter().map(|it| it.of.contract.clone()));
        self.then.insert(project.clone(), measures);
    }

    /// The measures without time that is already counted for another of the contract's projects.
    fn counted_once(&mut self, project: &ProjectId, measures: Measures) -> Measures {
        let mut own: Option<i64> = None;
        for active in spans(self.ground.readings, self.person, project, self.date) {
            own = Some(own.unwrap_or_default() + self.active.join(active));
        }
        let counted = |all: i64| own.map_or(all, |own| all.min(own / 1000));
        Measures {
            seconds: measures.seconds.map(counted),
            ..measures
        }
    }

    /// Whether the day's seconds no longer grow, because the final reading after the contract's end has closed it. Work
    /// that was set to zero may return.
    fn is_closed(&self) -> bool {
        let sealed_to = self.contract.days.sealed_to;
        let row = self.contract.row.as_ref();
        let may_return = row.is_some_and(|row| row.zeroed.contains(&self.date));
        self.is_final && sealed_to.is_some_and(|first| self.date < first) && !may_return
    }

    /// The work that OpenTrain has for a project's day.
    fn part(&self, project: &ProjectId) -> Option<Measures> {
        self.held.get(project).copied()
    }

    fn holds(&self, project: &ProjectId) -> bool {
        let part = self.part(project).filter(|part| part.is_some_work());
        part.or_else(|| self.taken_back(project)).is_some()
    }

    fn set(&mut self, project: &ProjectId, measures: Measures) {
        self.first.insert(project.clone(), measures);
        self.then.insert(project.clone(), measures);
    }

    /// Replaces work of the first form, which has no project, by the work that the tool shows for the contract's
    /// projects.
    fn forget_unknown(&mut self) {
        let unknown = unknown_project();
        let Some(part) = self.held.get(&unknown).copied() else {
            return;
        };
        let is_owned = self.contract.owned.iter().any(|it| it.holds(self.date));
        if self.is_shown {
            self.first.remove(&unknown);
            self.then.remove(&unknown);
        } else if !is_owned {
            self.set(&unknown, part.zeroed());
        }
    }

    fn enter(mut self, sheet: &mut Sheet) {
        if self.is_open || self.is_unread || self.waits {
            sheet.open.insert(self.date);
            if !self.is_open {
                sheet.unread.insert(self.date);
            }
        }
        if self.is_short || self.waits {
            sheet.short.insert(self.date);
        }
        if self.waits {
            // Entries that were sent without an answer are not sent again either: the day may belong to another
            // contract now.
            return;
        }
        if self.is_zeroed {
            sheet.zeroed.insert(self.date);
        }
        for parts in [&mut self.first, &mut self.then] {
            parts.retain(|_, part| *part != Measures::default());
        }
        let row = self.contract.row.as_ref();
        let is_uncertain = row.is_some_and(|row| row.is_uncertain(self.date));
        let has_measure = total(&self.first) != Measures::default();
        let is_changed = self.first != *self.held;
        if has_measure && (is_changed || is_uncertain || self.ground.all) {
            sheet.first.insert(self.date, self.first);
        } else if has_measure && self.from.is_empty() {
            sheet.unchanged += 1;
        }
        if !self.from.is_empty() {
            let (parts, from) = (self.then, self.from);
            sheet.then.insert(self.date, Gain { parts, from });
        }
    }
}
