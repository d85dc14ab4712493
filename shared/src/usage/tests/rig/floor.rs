//! A tool in memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Hand, lock};
use crate::ledger::Measures;
use crate::model::clock::{Clock, day_of};
use crate::model::ids::{ProjectId, TrainerId};
use crate::model::json::{Listing, UnreadableElement};
use crate::tool::{
    Accounts, AnnotationTool, Ask, Capabilities, DayTotal, Granted, Membership, Notice, Person,
    Project, Readding, Removal, Removed, Scope, TimeSource, ToolError, Totals, Worker,
};

/// How the tool answers a call for totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::usage::tests) enum Answer {
    Whole,
    Down,
    /// A wrong, empty list. For older days the answer is right, because a wrong one may be the only one that is read.
    Empty,
    /// One row is unreadable.
    Odd,
    /// The tool keeps no totals.
    Mute,
    /// It does not answer for days before the look-back.
    OlderDown,
}

type Work = BTreeMap<(ProjectId, TrainerId, Date), Measures>;

/// A tool in memory.
#[derive(Default)]
pub(in crate::usage::tests) struct Floor {
    pub(in crate::usage::tests) work: Mutex<Work>,
    /// The most that was ever shown.
    pub(in crate::usage::tests) most: Mutex<Work>,
    pub(in crate::usage::tests) answers: Mutex<VecDeque<Answer>>,
    pub(in crate::usage::tests) asked: Mutex<Vec<(ProjectId, bool)>>,
    pub(in crate::usage::tests) gone: Mutex<BTreeSet<ProjectId>>,
    pub(in crate::usage::tests) clock: Mutex<Option<Arc<Hand>>>,
    /// Source of its seconds, in place of the platform's own measure.
    pub(in crate::usage::tests) time: Mutex<Option<TimeSource>>,
}

impl Floor {
    pub(in crate::usage::tests) fn set(
        &self,
        project: &str,
        trainer: &str,
        day: Date,
        measures: Measures,
    ) {
        let key = (project.into(), trainer.into(), day);
        let mut most = lock(&self.most);
        let before = most.get(&key).copied().unwrap_or_default();
        most.insert(key.clone(), measures.at_least(before));
        lock(&self.work).insert(key, measures);
    }

    pub(in crate::usage::tests) fn delete(
        &self,
        project: &str,
        trainer: &str,
        day: Date,
    ) -> Option<Measures> {
        lock(&self.work).remove(&(project.into(), trainer.into(), day))
    }

    /// Removes all work of a project.
    pub(in crate::usage::tests) fn hide(&self, project: &str) -> Work {
        let mut work = lock(&self.work);
        let (hidden, shown) = std::mem::take(&mut *work)
            .into_iter()
            .partition(|it| it.0.0.as_str() == project);
        *work = shown;
        hidden
    }

    fn now(&self) -> Timestamp {
        lock(&self.clock).as_ref().unwrap().now()
    }

    fn today(&self) -> Date {
        day_of(self.now())
    }

    pub(in crate::usage::tests) fn answers(&self, answers: &[Answer]) {
        *lock(&self.answers) = answers.iter().copied().collect();
    }

    fn days(&self, project: &ProjectId, ask: &Ask, answer: Answer) -> Listing<DayTotal> {
        let work = lock(&self.work);
        let own = work.iter().filter(|((p, trainer, day), _)| {
            // Each day's work is done in its first second.
            let worker = Worker::Trainer(trainer.clone());
            let at = day.to_zoned(jiff::tz::TimeZone::UTC).unwrap();
            let is_asked = p == project && ask.window.holds(*day);
            is_asked && !ask.gaps.hold(&worker, at.timestamp())
        });
        let total =
            |((_, trainer, day), it): (&(ProjectId, TrainerId, Date), &Measures)| DayTotal {
                worker: Worker::Trainer(trainer.clone()),
                work_date: *day,
                total_seconds: it.seconds,
                tasks_completed: it.tasks,
                labels_completed: it.labels,
                disputed: 0,
                in_part: false,
            };
        let mut days: Vec<_> = own.map(total).collect();
        match answer {
            Answer::Empty if ask.window.holds(self.today()) => Vec::new().into(),
            Answer::Odd => {
                days.pop();
                let mut days: Listing<_> = days.into();
                days.add_unreadable(UnreadableElement::of("row 1", "should be a row"));
                days
            }
            Answer::Whole | Answer::Down | Answer::Empty | Answer::Mute | Answer::OlderDown => {
                days.into()
            }
        }
    }
}

fn down() -> ToolError {
    ToolError::Transient {
        reason: "down".into(),
        after: None,
    }
}

#[async_trait]
impl AnnotationTool for Floor {
    async fn capabilities(&self) -> Result<Capabilities, ToolError> {
        Ok(Capabilities {
            scope: Scope::Project,
            accounts: Accounts::Created,
            removal: Removal::Full,
            readding: Readding::Api,
            time: lock(&self.time).unwrap_or(TimeSource::Platform),
            updates_email: true,
        })
    }

    async fn project(&self, project: &ProjectId) -> Result<Project, ToolError> {
        if lock(&self.gone).contains(project) {
            return Err(ToolError::Wrong {
                reason: "no such project".into(),
            });
        }
        Ok(Project {
            id: project.clone(),
            name: "A project".into(),
            url: None,
        })
    }

    async fn grant(&self, _: &ProjectId, _: &Person) -> Result<Granted, ToolError> {
        Err(down())
    }

    async fn remove(&self, _: &ProjectId, _: &Membership) -> Result<Removed, ToolError> {
        Err(down())
    }

    async fn access(&self, _: &ProjectId, _: &Membership) -> Result<Option<Granted>, ToolError> {
        Err(down())
    }

    async fn totals(&self, project: &ProjectId, ask: &Ask) -> Result<Option<Totals>, ToolError> {
        lock(&self.asked).push((project.clone(), ask.fresh));
        let answer = lock(&self.answers).pop_front().unwrap_or(Answer::Whole);
        match answer {
            Answer::Down => return Err(down()),
            Answer::OlderDown if !ask.window.holds(self.today()) => return Err(down()),
            Answer::Mute => return Ok(None),
            Answer::Whole | Answer::Empty | Answer::Odd | Answer::OlderDown => {}
        }
        let read_at = self.now();
        Ok(Some(Totals::of(read_at, self.days(project, ask, answer))))
    }

    async fn show_notice(&self, _: &ProjectId, _: &Notice) -> Result<bool, ToolError> {
        Ok(false)
    }

    async fn clear_notice(&self, _: &ProjectId) -> Result<bool, ToolError> {
        Ok(false)
    }
}
