//! What is counted beside the days of contracts, and noted in the report.

use std::collections::HashSet;

use super::attribution::owner;
use super::people::Person;
use super::read::Reading;
use super::report::{Disputed, ReadInPart, Report, Skip, Stopped, Unread};
use super::run::{Readings, Run};
use crate::connection::ConnectionName;
use crate::ids::ProjectId;
use crate::ledger::Measures;
use crate::tool::Worker;

impl Run<'_> {
    /// Counts the totals of a person that nothing is reported of.
    pub(super) fn count(&self, person: &Person, readings: &Readings) {
        let (mut unattributed, mut empty) = (0, 0);
        let mut disputed = Vec::new();
        for (project, reading) in readings {
            for (day, measures) in reading.rows(person) {
                unattributed += u64::from(owner(&person.spells, project, *day).is_none());
                empty += u64::from(*measures == Measures::default());
            }
            disputed.extend(disputes(person, project, reading));
        }
        self.change(|report| {
            report.disputed.extend(disputed);
            report.skip(Skip::Unattributed, unattributed);
            report.skip(Skip::NothingMeasured, empty);
        });
    }

    /// Counts the totals of those of whom no contract is live in the window.
    pub(super) fn count_others(
        &self,
        former: &HashSet<Worker>,
        known: &HashSet<Worker>,
        readings: &Readings,
    ) {
        let (mut over, mut strangers) = (0, 0);
        for reading in readings.values() {
            let Reading::Totals(totals) = reading else {
                continue;
            };
            for (id, rows) in totals.rows.iter().filter(|(id, _)| !known.contains(id)) {
                let count = if former.contains(id) {
                    &mut over
                } else {
                    &mut strangers
                };
                *count += rows.len() as u64;
            }
        }
        self.change(|report| {
            report.skip(Skip::Unattributed, over);
            report.skip(Skip::Stranger, strangers);
        });
    }
}

/// Days of which somebody else has written to the work, and whose figures are reported.
fn disputes(person: &Person, project: &ProjectId, reading: &Reading) -> Vec<Disputed> {
    let days = reading.disputed(person).into_iter();
    days.filter_map(|(day, pieces)| {
        let contract = owner(&person.spells, project, day)?.clone();
        Some(Disputed {
            contract,
            worker: person.id.clone(),
            project: project.clone(),
            day,
            pieces,
        })
    })
    .collect()
}

impl Report {
    /// Counts what was left out.
    pub(super) fn skip(&mut self, why: Skip, count: u64) {
        if count > 0 {
            *self.skipped.entry(why).or_default() += count;
        }
    }

    /// Notes what the tool had of a project.
    pub(super) fn read(&mut self, project: &ProjectId, reading: &Reading) {
        match reading {
            Reading::Totals(totals) if !totals.unreadable.is_empty() => {
                let rows = &totals.unreadable;
                tracing::warn!(project.id = %project, reason = %rows, "rows of a project's totals could not be read; the others are reported");
                self.read_in_part.push(ReadInPart {
                    project: project.clone(),
                    rows: rows.named().to_vec(),
                    count: rows.len(),
                });
            }
            Reading::Totals(_) => {}
            Reading::Nothing(why) => self.skip(*why, 1),
            Reading::Failed(reason) => {
                tracing::warn!(project.id = %project, %reason, "a project's totals could not be read");
                let (project, reason) = (project.clone(), reason.clone());
                self.unread.push(Unread {
                    project,
                    hires: 0,
                    reason,
                });
            }
        }
    }

    /// A hire waits for a project that could not be read.
    pub(super) fn wait(&mut self, project: &ProjectId) {
        let unread = self.unread.iter_mut().find(|it| it.project == *project);
        unread.into_iter().for_each(|it| it.hires += 1);
    }

    /// A hire waits for a connection that was given up.
    pub(super) fn stop(&mut self, connection: &ConnectionName, reason: &str) {
        match self
            .stopped
            .iter_mut()
            .find(|it| it.connection == *connection)
        {
            Some(known) => known.hires += 1,
            None => {
                let (connection, reason) = (connection.clone(), reason.to_owned());
                self.stopped.push(Stopped {
                    connection,
                    hires: 1,
                    reason,
                });
            }
        }
    }
}
