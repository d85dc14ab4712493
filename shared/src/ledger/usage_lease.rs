//! The right to report the work of some projects, for one process at a time.
//!
//! Two reports of one project at once could count a day twice while it moves from one contract to another. Within a
//! process the lease is a lock. Where several processes share the ledger's table, it is a row too, which ends by
//! itself if the process is gone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::usage_project::{ProjectUsage, UsageRun, project_usage_key};
use super::{Ledger, LedgerError};
use crate::model::clock::after;
use crate::model::ids::ProjectId;

/// Lifetime of a lease that is not renewed.
const LASTS: Duration = Duration::from_secs(120);

/// Period of the renewals of a lease.
const RENEWED_EVERY: Duration = Duration::from_secs(40);

/// Period of the looks at a row that another process holds.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The process that has a lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Holder {
    token: u64,
    until: Timestamp,
}

/// The projects that are reported in this process now.
#[derive(Default)]
pub(super) struct LocalLeases {
    held: Mutex<HashSet<ProjectId>>,
    /// Time of the newest reading that was reported. Used if no other process shares the table.
    read: Mutex<HashMap<ProjectId, Timestamp>>,
    freed: Notify,
}

/// The right to report the work of some projects. [`release`](Ledger::release_usage) ends it at once. A dropped lease
/// ends in this process at once, and for other processes when it expires.
pub struct UsageLease {
    projects: BTreeSet<ProjectId>,
    local: Arc<LocalLeases>,
    token: u64,
    /// When it ends if it is not renewed.
    until: Timestamp,
    newest: Option<Timestamp>,
}

impl UsageLease {
    /// The projects.
    pub fn projects(&self) -> &BTreeSet<ProjectId> {
        &self.projects
    }

    /// Time of the newest reading of these projects that was reported before this lease began.
    pub fn newest_reading(&self) -> Option<Timestamp> {
        self.newest
    }
}

impl Drop for UsageLease {
    fn drop(&mut self) {
        let mut held = self.local.held();
        for project in &self.projects {
            held.remove(project);
        }
        drop(held);
        self.local.freed.notify_waiters();
    }
}

impl LocalLeases {
    fn held(&self) -> std::sync::MutexGuard<'_, HashSet<ProjectId>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time of the newest reading of these projects.
    fn newest(&self, projects: &BTreeSet<ProjectId>, now: Timestamp) -> Option<Timestamp> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let read = projects.iter().filter_map(|it| read.get(it).copied());
        read.filter(|at| *at <= now).max()
    }

    /// Takes all of the projects, or none while any of them is taken.
    fn try_take(&self, projects: &BTreeSet<ProjectId>) -> bool {
        let mut held = self.held();
        if projects.iter().any(|project| held.contains(project)) {
            return false;
        }
        held.extend(projects.iter().cloned());
        true
    }

    /// Takes all of the projects; false if they are not free in time.
    async fn take(&self, projects: &BTreeSet<ProjectId>, until: Instant) -> bool {
        loop {
            let freed = self.freed.notified();
            let mut freed = std::pin::pin!(freed);
            freed.as_mut().enable();
            if self.try_take(projects) {
                return true;
            }
            if tokio::time::timeout_at(until, freed).await.is_err() {
                return false;
            }
        }
    }
}

impl Ledger {
    /// Takes the right to report the work of some projects; none if another report has one of them for longer than
    /// `patience`.
    pub async fn lease_usage(
        &self,
        projects: BTreeSet<ProjectId>,
        patience: Duration,
    ) -> Result<Option<UsageLease>, LedgerError> {
        let until = Instant::now() + patience;
        if !self.leases.take(&projects, until).await {
            return Ok(None);
        }
        let mut lease = UsageLease {
            newest: self.leases.newest(&projects, self.clock.now()),
            projects,
            local: Arc::clone(&self.leases),
            token: crate::model::chance::random(),
            until: after(self.clock.now(), LASTS),
        };
        if !self.table.is_shared() {
            return Ok(Some(lease));
        }
        let mut taken = BTreeSet::new();
        for project in &lease.projects {
            let row = loop {
                if let Some(row) = self.take_row(project, lease.token).await? {
                    break row;
                }
                if Instant::now() >= until {
                    let (read, runs) = (BTreeMap::new(), BTreeMap::new());
                    self.free_rows(&taken, lease.token, &read, &runs).await?;
                    return Ok(None);
                }
                tokio::time::sleep(LOOK_EVERY.min(patience)).await;
            };
            lease.newest = lease.newest.max(row.read_by(self.clock.now()));
            taken.insert(project.clone());
        }
        Ok(Some(lease))
    }

    /// Carries out `work` under a lease, and renews the lease meanwhile. Returns `None` if another process has had it.
    /// A process that stood still renews the lease before the work continues.
    pub async fn under_lease<T>(
        &self,
        lease: &UsageLease,
        work: impl Future<Output = T>,
    ) -> Result<Option<T>, LedgerError> {
        self.renewing(lease, RENEWED_EVERY, work).await
    }

    /// Like [`under_lease`](Self::under_lease), with the period of the renewals.
    pub(crate) async fn renewing<T>(
        &self,
        lease: &UsageLease,
        every: Duration,
        work: impl Future<Output = T>,
    ) -> Result<Option<T>, LedgerError> {
        if !self.table.is_shared() {
            return Ok(Some(work.await));
        }
        let mut work = std::pin::pin!(work);
        let mut until = lease.until;
        loop {
            let step = poll_fn(|context| match until <= self.clock.now() {
                true => Poll::Ready(None),
                false => work.as_mut().poll(context).map(Some),
            });
            tokio::select! {
                biased;
                done = step => if let Some(done) = done {
                    return Ok(Some(done));
                },
                () = tokio::time::sleep(every) => {}
            }
            until = after(self.clock.now(), LASTS);
            for project in &lease.projects {
                if !self.keep_row(project, lease.token, until).await? {
                    return Ok(None);
                }
            }
        }
    }

    /// Ends a lease. `read` contains the times of the readings from which the work of all people was reported, and
    /// `runs` the results of a run for all people.
    pub async fn release_usage(
        &self,
        lease: UsageLease,
        read: &BTreeMap<ProjectId, Timestamp>,
        runs: &BTreeMap<ProjectId, UsageRun>,
    ) -> Result<(), LedgerError> {
        if self.table.is_shared() {
            self.free_rows(&lease.projects, lease.token, read, runs)
                .await?;
        } else {
            for (project, run) in runs {
                self.update_project_usage(project, |row| row.run = Some(run.clone()))
                    .await?;
            }
            let local = lease.local.read.lock();
            let mut known = local.unwrap_or_else(PoisonError::into_inner);
            known.extend(read.iter().map(|(project, at)| (project.clone(), *at)));
        }
        drop(lease);
        Ok(())
    }

    /// Renews a project's row; false if another process has, or has had, the lease since.
    async fn keep_row(
        &self,
        project: &ProjectId,
        token: u64,
        until: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.modify(&project_usage_key(project), |old: Option<ProjectUsage>| {
            let own = old.filter(|row| row.lease.as_ref().is_some_and(|it| it.token == token));
            let kept = own.map(|row| ProjectUsage {
                lease: Some(Holder { token, until }),
                ..row
            });
            let is_kept = kept.is_some();
            (kept, is_kept)
        })
        .await
    }

    /// Takes a project's row; none while another process has it.
    async fn take_row(
        &self,
        project: &ProjectId,
        token: u64,
    ) -> Result<Option<ProjectUsage>, LedgerError> {
        let now = self.clock.now();
        self.modify(&project_usage_key(project), |old: Option<ProjectUsage>| {
            let mut row = old.unwrap_or_default();
            let holder = row.lease.as_ref();
            // A lease that ends this far in the future was written while a clock was wrong.
            let is_live = |it: &&Holder| now < it.until && it.until <= after(now, LASTS * 2);
            if holder.filter(is_live).is_some_and(|it| it.token != token) {
                return (None, None);
            }
            let until = after(now, LASTS);
            row.lease = Some(Holder { token, until });
            (Some(row.clone()), Some(row))
        })
        .await
    }

    async fn free_rows(
        &self,
        projects: &BTreeSet<ProjectId>,
        token: u64,
        read: &BTreeMap<ProjectId, Timestamp>,
        runs: &BTreeMap<ProjectId, UsageRun>,
    ) -> Result<(), LedgerError> {
        for project in projects {
            let read_at = read.get(project).copied();
            self.update_project_usage(project, |row| {
                if row.lease.take_if(|it| it.token == token).is_some() {
                    row.read_at = row.read_by(self.clock.now()).max(read_at);
                    if let Some(run) = runs.get(project) {
                        row.run = Some(run.clone());
                    }
                }
            })
            .await?;
        }
        Ok(())
    }
}
