//! Records of past acts that OpenTrain's present state does not show.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use jiff::civil::Date;

use crate::hub::lock;

/// A job with its own project.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) customer: usize,
    pub(crate) project: String,
    /// Its link was deleted, or its install revoked.
    pub(crate) is_cut: bool,
}

/// A link that was made at some time.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) job: String,
    pub(crate) project: String,
    pub(crate) customer: usize,
    pub(crate) install: String,
}

#[derive(Default)]
pub(crate) struct Entries {
    pub(crate) jobs: Vec<Job>,
    pub(crate) links: Vec<Made>,
    /// The present install of each customer.
    pub(crate) installs: Vec<String>,
    /// The most work so far, in seconds, by project, trainer and day.
    pub(crate) work: BTreeMap<(String, String, Date), i64>,
    /// Messages in the queue that no version can read.
    pub(crate) unreadable: usize,
    /// The clock of a process was behind by hours. To this process known times are in the future, and count as now.
    pub(crate) was_behind: bool,
    /// Something happened that events alone do not state.
    pub(crate) needs_reconcile: bool,
}

/// The books of a run.
#[derive(Default)]
pub(crate) struct Books(Mutex<Entries>);

impl Books {
    pub(crate) fn entries(&self) -> MutexGuard<'_, Entries> {
        lock(&self.0)
    }
}

impl Entries {
    /// Marks jobs whose link is deleted or whose install is revoked. Events alone do not state all that follows.
    pub(crate) fn cut(&mut self, is_cut: impl Fn(&Job) -> bool) {
        self.needs_reconcile = true;
        for job in self.jobs.iter_mut().filter(|job| is_cut(job)) {
            job.is_cut = true;
        }
    }

    /// A customer has a new install.
    pub(crate) fn join(&mut self, customer: usize, install: String) {
        match self.installs.get_mut(customer) {
            Some(own) => *own = install,
            None => self.installs.push(install),
        }
    }

    /// The customer whose project it is.
    pub(crate) fn owner(&self, project: &str) -> Option<usize> {
        let own = self.jobs.iter().find(|job| job.project == project);
        own.map(|job| job.customer)
    }
}
