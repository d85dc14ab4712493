//! What happened on the customers' side, as far as OpenTrain's present state does not show it.

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
}

/// A link that was made at some time.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) job: String,
    pub(crate) project: String,
    pub(crate) customer: usize,
    pub(crate) install: String,
    pub(crate) is_managed: bool,
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
    /// The customer whose project it is.
    pub(crate) fn owner(&self, project: &str) -> Option<usize> {
        let own = self.jobs.iter().find(|job| job.project == project);
        own.map(|job| job.customer)
    }
}
