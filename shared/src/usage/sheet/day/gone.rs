//! Work that the tool no longer shows.

use jiff::Timestamp;

use super::Day;
use crate::ledger::{Measures, Missing};
use crate::model::clock::after;
use crate::model::ids::ProjectId;
use crate::usage::sheet::{Drop, Presence, Sheet};

impl Day<'_> {
    /// Accepted work that was set to zero without an answer.
    pub(super) fn taken_back(&self, project: &ProjectId) -> Option<Measures> {
        let row = self.contract.row.as_ref()?;
        let sent = row.sending.get(&self.date)?.get(project)?;
        let accepted = row.days.get(&self.date)?.get(project)?;
        let is_taken = accepted.is_some_work() && !sent.is_some_work();
        is_taken.then_some(*accepted)
    }

    /// Restores withdrawn work that the tool does not show: it stays where it is until its absence is proven.
    pub(super) fn keep_taken_back(&mut self, project: &ProjectId) {
        if let Some(part) = self.taken_back(project) {
            self.set(project, part);
        }
    }

    /// Handles a day that the tool does not show, for which OpenTrain may have work. A tool may forget people who have
    /// left, so the work only counts as gone if the person was a member at both readings that lack it.
    pub(super) fn miss(&mut self, project: &ProjectId, read_at: Timestamp, sheet: &mut Sheet) {
        let part = self.part(project).filter(|part| part.is_some_work());
        let part = part.or_else(|| self.taken_back(project));
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
            let presence = verdict.gone.get(&key);
            let was_in = matches!(presence, Some(Presence::InSince(at)) if *at <= since);
            if was_in && !verdict.held.contains(project) {
                self.is_zeroed = true;
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

    /// Whether the person may have worked in a project that is gone, on a day that no reading has shown completely.
    pub(super) fn is_lost(&self, project: &ProjectId, had_totals: bool) -> bool {
        let (days, day) = (&self.contract.days, &self.date);
        let is_closed = *day < days.open_from || days.settled.contains(day);
        let known_since = self.contract.facts.known_since;
        let is_known = known_since.is_none_or(|since| since <= *day);
        let may_have_worked = had_totals || self.person.entered.contains(project);
        may_have_worked && is_known && !is_closed && self.part(project).is_none()
    }

    /// Keeps a recorded absence, because the reading does not show the day.
    pub(super) fn keep_missing(&self, project: &ProjectId, sheet: &mut Sheet) {
        let since = self.missing_since(project);
        let since = since.filter(|_| self.holds(project));
        sheet.missing.extend(since.map(|since| Missing {
            project: project.clone(),
            day: self.date,
            since,
        }));
    }

    pub(super) fn missing_since(&self, project: &ProjectId) -> Option<Timestamp> {
        let mut missing = self.contract.row.iter().flat_map(|row| &row.missing);
        let known = missing.find(|it| it.project == *project && it.day == self.date);
        known.map(|it| it.since)
    }

    pub(super) fn drop(
        &self,
        project: &ProjectId,
        part: Measures,
        missing_since: Option<Timestamp>,
    ) -> Drop {
        Drop {
            project: project.clone(),
            seconds: part.seconds.unwrap_or_default(),
            missing_since,
        }
    }
}
