//! Context of a run, which all of its steps use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::Semaphore;

use super::days::Bounds;
use super::gate::CircuitBreaker;
use super::gone::unlinked;
use super::options::earlier;
use super::report::{Report, UsageError};
use super::{Options, Reporter};
use crate::connection::Connection;
use crate::ledger::{Environment, KEPT_DAYS, LedgerError, UsageRun};
use crate::model::ConnectionName;
use crate::model::clock::day_of;
use crate::model::ids::ProjectId;
use crate::model::progress::{Progress, Watcher};
use crate::tool::ToolError;

/// Number of hires whose reports are sent to OpenTrain at the same time, over all sets.
const REPORTS_AT_ONCE: usize = 16;

/// Context of a run, which all of its steps use.
pub(super) struct Context<'a> {
    pub(super) reporter: &'a Reporter,
    pub(super) options: &'a Options,
    pub(super) now: Timestamp,
    pub(super) bounds: Bounds,
    pub(super) keep_from: Date,
    /// The known links and installs of the connections.
    pub(super) environment: Environment,
    /// The projects whose links were all removed.
    pub(super) unlinked: BTreeSet<ProjectId>,
    /// The installs through which work is reported.
    pub(super) connections: BTreeMap<ConnectionName, Arc<Connection>>,
    pub(super) gates: BTreeMap<ConnectionName, CircuitBreaker>,
    pub(super) tool: CircuitBreaker,
    pub(super) permits: Semaphore,
    /// Whether the requested contract or trainer was found.
    pub(super) is_met: AtomicBool,
    /// Whether this is the last reading before access is revoked. It has a size limit, and records nothing about
    /// failing projects.
    pub(super) is_last: bool,
    pub(super) progress: Mutex<Progress>,
    pub(super) watcher: Watcher<'a>,
}

impl<'a> Context<'a> {
    /// The context of a run over these links and installs.
    pub(super) async fn new(
        reporter: &'a Reporter,
        options: &'a Options,
        mut environment: Environment,
        watcher: Watcher<'a>,
    ) -> Result<Self, UsageError> {
        let projects = reporter.connections.projects(environment.connections());
        environment.projects = projects.await?;
        let now = reporter.clock.now();
        let today = day_of(now);
        let bounds = Bounds {
            today,
            look_back: reporter.settings.look_back_days,
            asked: options.window(today)?,
            again: !options.is_for_all() || options.by_hand || options.accept_deletions.is_some(),
        };
        let connections = reporter.connections.all().await?.into_iter();
        let connections: BTreeMap<_, _> = connections.map(|it| (it.name.clone(), it)).collect();
        let gate = |name: &ConnectionName| (name.clone(), CircuitBreaker::default());
        Ok(Self {
            reporter,
            options,
            now,
            bounds,
            keep_from: earlier(today, KEPT_DAYS).min(bounds.recent().from),
            unlinked: unlinked(&environment),
            environment,
            gates: connections.keys().map(gate).collect(),
            connections,
            tool: CircuitBreaker::default(),
            permits: Semaphore::new(REPORTS_AT_ONCE),
            is_met: AtomicBool::new(false),
            is_last: false,
            progress: Mutex::default(),
            watcher,
        })
    }

    /// The results to record for a set's projects, without what only other projects lack; none unless the run is for
    /// all people and not a dry run.
    pub(super) fn results(
        &self,
        report: &Report,
        projects: &BTreeSet<ProjectId>,
    ) -> BTreeMap<ProjectId, UsageRun> {
        if !self.options.is_for_all() || self.options.dry_run {
            return BTreeMap::new();
        }
        let run = |project: &ProjectId| {
            let left = report.shortfall_of(project);
            let run = UsageRun {
                started_at: self.now,
                left: (!left.is_empty()).then_some(left),
            };
            (project.clone(), run)
        };
        projects.iter().map(run).collect()
    }

    /// An empty report.
    pub(super) fn blank(&self) -> Report {
        let recent = self.bounds.recent();
        Report::new(recent.from, recent.to, self.options.dry_run)
    }

    /// The value; `None` if it is an error, which is added to the report.
    pub(super) fn note<T>(&self, report: &mut Report, result: Result<T, LedgerError>) -> Option<T> {
        let error = result.as_ref().err().map(ToString::to_string);
        if let Some(reason) = error {
            tracing::error!(%reason, "work could not be reported");
            *report.troubles.entry(reason).or_default() += 1;
        }
        result.ok()
    }

    /// Records that a project could not be read. After several failures in a row, checks whether the tool answers at
    /// all, because slow projects must not block all others.
    pub(super) async fn tool_failed(&self, project: &ProjectId, reason: &str) {
        if !self.tool.failed() {
            return;
        }
        match self.reporter.tool.project(project).await {
            // A tool that limits the calls does answer.
            Ok(_)
            | Err(
                ToolError::Wrong { .. } | ToolError::NoProject { .. } | ToolError::Paused { .. },
            ) => self.tool.answered(),
            Err(ToolError::Transient { .. } | ToolError::Operator { .. }) => {
                self.tool.close(reason);
            }
        }
    }

    pub(super) fn progress(&self, done: usize, found: usize) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.done += done;
        progress.total += found;
        (self.watcher)(*progress);
    }
}
