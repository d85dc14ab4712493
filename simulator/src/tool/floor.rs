//! State of a running tool.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use super::{member::Writes, project::Project, route::ToolCall};
use crate::kit::{fault::Faults, progress::Progress, violation::Violations};

pub(crate) struct Shared {
    floor: Mutex<Floor>,
    pub(crate) faults: Faults,
    pub(crate) violations: Violations,
    pub(crate) progress: Progress,
    pub(crate) stop: watch::Receiver<bool>,
}

/// All data of the tool.
pub(crate) struct Floor {
    pub(super) token: String,
    pub(super) projects: BTreeMap<String, Project>,
    pub(super) next_member: u64,
    /// People who can't be added, with the reason.
    pub(super) refused: BTreeMap<String, String>,
    pub(super) invites: bool,
    pub(super) page_size: usize,
    pub(super) unsupported: HashSet<ToolCall>,
    pub(super) writes: BTreeMap<(String, String), Writes>,
    pub(super) notice_writes: u64,
    pub(super) requests: BTreeMap<ToolCall, u64>,
    pub(super) limit: Option<Limit>,
}

/// Limit of the calls in each second, and its use.
pub(super) struct Limit {
    per_second: u32,
    second: Instant,
    used: u32,
    pub(super) refused: u64,
}

impl Shared {
    pub(super) fn new(token: &str, stop: watch::Receiver<bool>) -> Self {
        Self {
            floor: Mutex::new(Floor::new(token)),
            faults: Faults::default(),
            violations: Violations::default(),
            progress: Progress::default(),
            stop,
        }
    }

    /// Empties all projects, and removes the faults.
    pub(crate) fn reset(&self) {
        self.faults.clear();
        self.look(|floor| {
            let projects = std::mem::take(&mut floor.projects);
            *floor = Floor::new(&floor.token);
            for project in projects.values() {
                floor.create_project(&project.id, &project.name);
            }
        });
        self.progress.made();
    }

    pub(crate) fn look<T>(&self, work: impl FnOnce(&mut Floor) -> T) -> T {
        work(&mut self.floor.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Floor {
    pub(super) fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            projects: BTreeMap::new(),
            next_member: 1,
            refused: BTreeMap::new(),
            invites: false,
            page_size: 100,
            unsupported: HashSet::new(),
            writes: BTreeMap::new(),
            notice_writes: 0,
            requests: BTreeMap::new(),
            limit: None,
        }
    }

    /// Counts a call. Returns whether the limit is exceeded.
    pub(crate) fn is_over_limit(&mut self) -> bool {
        let Some(limit) = &mut self.limit else {
            return false;
        };
        if limit.second.elapsed() >= Duration::from_secs(1) {
            limit.second = Instant::now();
            limit.used = 0;
        }
        limit.used += 1;
        let is_over = limit.used > limit.per_second;
        limit.refused += u64::from(is_over);
        is_over
    }
}

impl Limit {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second,
            second: Instant::now(),
            used: 0,
            refused: 0,
        }
    }
}
