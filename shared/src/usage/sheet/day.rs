//! One day of one contract.

mod odd;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Drop, Gain, Ground, Sheet, Standing, holders};
use crate::clock::after;
use crate::ids::{ContractId, ProjectId};
use crate::ledger::{Measures, Missing, Parts, total, unknown_project};
use crate::usage::attribution::{is_allowed, owner};
use crate::usage::people::{Contract, Person};
use crate::usage::reading::{Row, Seen, seen};
use crate::usage::report::Stuck;

/// Adds a day to the sheet of a contract.
pub(super) fn add(
    sheet: &mut Sheet,
    person: &Person,
    contract: &Contract,
    ground: &Ground<'_>,
    date: Date,
) {
    let held = contract.held(date).cloned().unwrap_or_default();
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
        waits: false,
        is_final: sheet.is_final,
    };
    for project in day.projects() {
        day.look_at(&project, sheet);
    }
    day.forget_unknown();
    day.leave_out_impossible(sheet);
    day.enter(sheet);
}

struct Day<'a> {
    person: &'a Person,
    contract: &'a Contract,
    ground: &'a Ground<'a>,
    date: Date,
    /// What OpenTrain holds, or may hold.
    held: Parts,
    /// What it should hold before other contracts have given work back.
    first: Parts,
    /// What it should hold in the end.
    then: Parts,
    /// The contracts that have to give work back first.
    from: BTreeSet<ContractId>,
    /// Whether the tool shows any of the day's work.
    is_shown: bool,
    /// Whether the day is not settled by this run.
    is_open: bool,
    /// Whether one of its projects could not be read: a part must not be reported as the whole.
    waits: bool,
    is_final: bool,
}

impl Day<'_> {
    /// The projects that the contract owns on the day, or that it holds work of.
    fn projects(&self) -> BTreeSet<ProjectId> {
        let owned = self.contract.owned.iter().filter(|it| it.holds(self.date));
        let owned = owned.map(|it| it.project.clone());
        let mut projects: BTreeSet<_> = owned.chain(self.held.keys().cloned()).collect();
        projects.remove(&unknown_project());
        projects
    }

    fn look_at(&mut self, project: &ProjectId, sheet: &mut Sheet) {
        let owner = owner(&self.person.spells, project, self.date);
        let own = &self.contract.of.contract;
        let is_own = owner == Some(own);
        let seen = seen(self.ground.readings, self.person, project, self.date);
        match seen {
            // What was reported before the project belonged to another organisation stays.
            _ if owner.is_none() && !is_allowed(&self.person.spells, own, project) => {}
            _ if owner.is_none() => self.give_back(project),
            Seen::Row(row) if is_own => self.take(project, row, sheet),
            Seen::Row(_) if self.can_take(owner) => self.give_back(project),
            Seen::Row(_) => self.is_open = true,
            Seen::Absent(read_at) => self.miss(project, read_at, sheet),
            Seen::AbsentInPart => self.is_open |= is_own && self.holds(project),
            Seen::Nothing | Seen::Unclear => self.is_open |= is_own,
            Seen::Unread => self.waits = true,
        }
    }

    /// Whether the work can be given to a contract in this run. Otherwise it stays where it is: nothing may be lost.
    fn can_take(&self, contract: Option<&ContractId>) -> bool {
        let mut contracts = self.person.contracts.iter();
        contracts.any(|it| Some(&it.of.contract) == contract && it.can_change(self.date))
    }

    /// The day is another contract's, or of none.
    fn give_back(&mut self, project: &ProjectId) {
        if let Some(part) = self.part(project).filter(|part| part.is_some_work()) {
            self.set(project, part.zeroed());
        }
    }

    /// The day is the contract's, and the tool shows it.
    fn take(&mut self, project: &ProjectId, row: Row, sheet: &mut Sheet) {
        let part = self.part(project).unwrap_or_default();
        let mut measures = row.measures.over(part);
        if row.in_part {
            measures = measures.at_least(part);
            self.is_open = true;
        }
        if self.is_closed() {
            measures.seconds = measures.seconds.min(part.seconds);
        }
        self.is_shown = true;
        if part.is_some_work() && !measures.is_some_work() {
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
        }
        let others: Vec<_> = holders(self.person, project, self.date, self.contract).collect();
        if others.is_empty() {
            self.set(project, measures);
            return;
        }
        let keeps = |it: &&&Contract| !it.can_change(self.date);
        if let Some(other) = others.iter().find(keeps) {
            self.is_open = true;
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

    /// Whether the day's seconds no longer grow: the final reading after the contract's end has closed it.
    fn is_closed(&self) -> bool {
        let sealed_to = self.contract.row.as_ref().and_then(|row| row.sealed_to);
        self.is_final && sealed_to.is_some_and(|first| self.date < first)
    }

    /// The tool shows none of the day, though OpenTrain may hold work of it. A tool may forget people who have left: it
    /// counts as gone only if the person was in at both readings that lack it.
    fn miss(&mut self, project: &ProjectId, read_at: Timestamp, sheet: &mut Sheet) {
        let part = self.part(project).filter(|part| part.is_some_work());
        let granted = self.person.granted.get(project);
        let (Some(part), Some(granted)) = (part, granted.filter(|at| **at <= read_at)) else {
            return;
        };
        let since = self.missing_since(project).filter(|since| granted <= since);
        let since = since.map_or(read_at, |since| since.min(read_at));
        if after(since, self.ground.confirm_after) <= read_at {
            sheet.drops.push(self.drop(project, part, Some(since)));
            let verdict = self.ground.verdict;
            let key = (self.person.id.clone(), project.clone());
            let standing = verdict.gone.get(&key);
            let was_in = matches!(standing, Some(Standing::InSince(at)) if *at <= since);
            if was_in && !verdict.held.contains(project) {
                self.set(project, part.zeroed());
                return;
            }
        }
        self.is_open = true;
        sheet.missing.push(Missing {
            project: project.clone(),
            day: self.date,
            since,
        });
    }

    fn missing_since(&self, project: &ProjectId) -> Option<Timestamp> {
        let mut missing = self.contract.row.iter().flat_map(|row| &row.missing);
        let known = missing.find(|it| it.project == *project && it.day == self.date);
        known.map(|it| it.since)
    }

    fn drop(&self, project: &ProjectId, part: Measures, missing_since: Option<Timestamp>) -> Drop {
        Drop {
            project: project.clone(),
            day: self.date,
            seconds: part.seconds.unwrap_or_default(),
            missing_since,
        }
    }

    /// What OpenTrain holds of a project's day.
    fn part(&self, project: &ProjectId) -> Option<Measures> {
        self.held.get(project).copied()
    }

    fn holds(&self, project: &ProjectId) -> bool {
        self.part(project).is_some_and(Measures::is_some_work)
    }

    fn set(&mut self, project: &ProjectId, measures: Measures) {
        self.first.insert(project.clone(), measures);
        self.then.insert(project.clone(), measures);
    }

    /// A day of the first form names no project: what the tool shows of the contract's projects replaces it.
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
        if self.is_open || self.waits {
            sheet.open.insert(self.date);
        }
        if self.waits {
            // Not even what was sent without an answer is sent again: it may be another contract's by now.
            return;
        }
        for parts in [&mut self.first, &mut self.then] {
            parts.retain(|_, part| *part != Measures::default());
        }
        let row = self.contract.row.as_ref();
        let is_uncertain = row.is_some_and(|row| row.is_uncertain(self.date));
        let has_measure = total(&self.first) != Measures::default();
        let is_changed = self.first != self.held;
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
