//! Sums of reports, and work that a report lacks.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::gaps::line;
use super::{Frozen, Report, Skip, Stopped};
use crate::model::ConnectionName;
use crate::model::ids::ProjectId;

impl Report {
    /// The report of a run that has done nothing.
    pub(crate) fn new(from: Date, to: Date, dry_run: bool) -> Self {
        Self {
            from,
            to,
            dry_run,
            sent: Vec::new(),
            unchanged: 0,
            contracts: Vec::new(),
            skipped: BTreeMap::new(),
            held_back: Vec::new(),
            figures: None,
            disputed: Vec::new(),
            apart: Vec::new(),
            unattributed: Vec::new(),
            unknown: None,
            missing: Vec::new(),
            stuck: Vec::new(),
            frozen: Vec::new(),
            lost: Vec::new(),
            waiting: 0,
            held_projects: Vec::new(),
            refused: Vec::new(),
            failed: Vec::new(),
            unread: Vec::new(),
            read_in_part: Vec::new(),
            busy: Vec::new(),
            stopped: Vec::new(),
            troubles: BTreeMap::new(),
        }
    }

    /// Adds the report of another part of the run.
    pub fn add(&mut self, part: Self) {
        self.sent.extend(part.sent);
        self.unchanged += part.unchanged;
        self.contracts.extend(part.contracts);
        for (why, count) in part.skipped {
            self.skip(why, count);
        }
        self.held_back.extend(part.held_back);
        self.figures = self.figures.take().or(part.figures);
        self.disputed.extend(part.disputed);
        self.apart.extend(part.apart);
        self.unattributed.extend(part.unattributed);
        self.unknown = self.unknown.take().or(part.unknown);
        self.missing.extend(part.missing);
        self.stuck.extend(part.stuck);
        self.frozen.extend(part.frozen);
        self.lost.extend(part.lost);
        self.waiting += part.waiting;
        self.held_projects.extend(part.held_projects);
        self.refused.extend(part.refused);
        self.failed.extend(part.failed);
        self.unread.extend(part.unread);
        self.read_in_part.extend(part.read_in_part);
        self.busy.extend(part.busy);
        for stopped in part.stopped {
            self.stop(&stopped.connection, stopped.hires, &stopped.reason);
        }
        for (trouble, count) in part.troubles {
            *self.troubles.entry(trouble).or_default() += count;
        }
    }

    /// Counts omitted entries.
    pub(crate) fn skip(&mut self, why: Skip, count: u64) {
        if count > 0 {
            *self.skipped.entry(why).or_default() += count;
        }
    }

    /// Adds hires that wait for an abandoned connection.
    pub(crate) fn stop(&mut self, connection: &ConnectionName, hires: u64, reason: &str) {
        let mut known = self.stopped.iter_mut();
        match known.find(|it| it.connection == *connection) {
            Some(known) => known.hires += hires,
            None => self.stopped.push(Stopped {
                connection: connection.clone(),
                hires,
                reason: reason.to_owned(),
            }),
        }
    }

    /// Records that the tool can't report a measure of a project.
    pub(crate) fn freeze(&mut self, project: &ProjectId, reason: &str) {
        if self.frozen.iter().any(|it| it.project == *project) {
            return;
        }
        self.frozen.push(Frozen {
            project: project.clone(),
            reason: reason.to_owned(),
        });
    }

    /// Number of accepted entries.
    pub fn entries(&self) -> usize {
        self.sent.iter().map(|sent| sent.days.len()).sum()
    }

    /// Number of days that this run has found lost.
    pub fn days_lost(&self) -> usize {
        let new = self.lost.iter().filter(|lost| lost.is_new);
        new.map(|lost| lost.days.len()).sum()
    }

    /// Whether OpenTrain has accepted all work. Only then has a scheduled run done its work.
    pub fn is_whole(&self) -> bool {
        self.gaps(None).is_empty()
    }

    /// Fails unless all work is reported and no reported day awaits confirmation. Only then may a link be deleted.
    ///
    /// # Errors
    /// The missing work, in one line.
    pub fn all_settled(&self) -> Result<(), String> {
        let mut gaps = self.gaps(None);
        if !self.missing.is_empty() {
            let missing = [
                "reported day that the tool no longer shows",
                "reported days that the tool no longer shows",
            ];
            gaps.push((self.missing.len(), missing));
        }
        match gaps.is_empty() {
            true => Ok(()),
            false => Err(line(&gaps)),
        }
    }

    /// Fails unless all work is reported.
    ///
    /// # Errors
    /// The work that was not accepted, in one line.
    pub fn all_done(&self) -> Result<(), String> {
        match self.is_whole() {
            true => Ok(()),
            false => Err(format!(
                "not all work is reported: {}. What was accepted stays accepted; the next run sends the rest again",
                self.shortfall()
            )),
        }
    }

    /// The missing work, in one line.
    pub fn shortfall(&self) -> String {
        line(&self.gaps(None))
    }

    /// What one project lacks, in one line: the shortfall without what only other projects lack. Empty if it lacks
    /// nothing.
    pub(crate) fn shortfall_of(&self, project: &ProjectId) -> String {
        line(&self.gaps(Some(project)))
    }

    /// Sorts the parts, so that their order doesn't depend on their speed.
    pub(crate) fn sorted(mut self) -> Self {
        self.sent.sort_by(|a, b| a.of.cmp(&b.of));
        self.contracts.sort_by(|a, b| a.of.cmp(&b.of));
        self.held_back
            .sort_by(|a, b| (&a.of, a.day).cmp(&(&b.of, b.day)));
        self.disputed
            .sort_by(|a, b| (&a.contract, a.day).cmp(&(&b.contract, b.day)));
        self.apart.sort();
        self.unattributed.sort();
        self.missing
            .sort_by(|a, b| (&a.of, a.day).cmp(&(&b.of, b.day)));
        self.stuck
            .sort_by(|a, b| (&a.of, a.day).cmp(&(&b.of, b.day)));
        self.frozen.sort_by(|a, b| a.project.cmp(&b.project));
        self.lost.sort_by(|a, b| a.of.cmp(&b.of));
        self.held_projects.sort_by(|a, b| a.project.cmp(&b.project));
        self.refused
            .sort_by(|a, b| (&a.of, a.day).cmp(&(&b.of, b.day)));
        self.failed.sort_by(|a, b| a.of.cmp(&b.of));
        self.unread.sort_by(|a, b| a.project.cmp(&b.project));
        self.read_in_part.sort_by(|a, b| a.project.cmp(&b.project));
        self.busy.sort();
        self.stopped.sort_by(|a, b| a.connection.cmp(&b.connection));
        self
    }
}
