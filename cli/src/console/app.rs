//! What all pages share.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::response::Response;
use shared::config::{Reader, database};
use shared::model::ConnectionName;

use super::changes::Changes;
use super::clock::now;
use super::door::Door;
use super::html::{Frame, Page, Problem, Section};
use super::run::{Run, Runs, apart};
use crate::exit::CliError;
use crate::status::{Cached, Reading};
use crate::targets::Target;

/// Maximum number of results that are kept for the page after a form.
const MOST_RESULTS: usize = 100;

/// The page after a button waits this long for the result.
const SHORT: Duration = Duration::from_secs(3);

pub(super) struct Console {
    pub(super) target: Target,
    /// The installation: a database of this machine, or a stack.
    pub(super) name: String,
    pub(super) allow_writes: bool,
    pub(super) door: Door,
    cached: Cached,
    pub(super) changes: Changes,
    pub(super) runs: Runs,
    results: Mutex<Results>,
}

/// Results of forms, for the pages that follow.
#[derive(Default)]
struct Results {
    next: u64,
    texts: BTreeMap<u64, String>,
}

impl Console {
    /// Also returns the token of the link that works once.
    pub(super) fn new(
        target: Target,
        port: u16,
        allow_writes: bool,
    ) -> Result<(Self, String), CliError> {
        let (door, token) = Door::new(port);
        let console = Self {
            name: name(&target)?,
            changes: Changes::default(),
            runs: Runs::default(),
            cached: Cached::default(),
            results: Mutex::default(),
            target,
            allow_writes,
            door,
        };
        Ok((console, token))
    }

    /// The page, or the page of the problem.
    pub(super) fn answer(&self, section: Section, page: Result<Page, Problem>) -> Response {
        let frame = Frame {
            installation: &self.name,
            allow_writes: self.allow_writes,
            change: self.changes.id(),
            section,
            now: now(),
        };
        match page {
            Ok(page) => frame.page(&page),
            Err(problem) => frame.problem(&problem),
        }
    }

    /// The report as of now, or as of some seconds ago.
    pub(super) async fn reading(&self) -> Result<Arc<Reading>, CliError> {
        self.cached.reading(&self.target).await
    }

    /// The connections that the ledger knows. On a machine this is cheaper than the report, which reads all trainers.
    /// On a stack both read the whole table, and the report is kept.
    pub(super) async fn connections(&self) -> Result<BTreeSet<ConnectionName>, CliError> {
        if !self.target.is_machine() {
            let reading = self.reading().await?;
            let connections = reading.report.connections.iter();
            return Ok(connections.map(|it| it.name.clone()).collect());
        }
        let names = self.target.ledger()?.connections().await;
        Ok(names.with_context(|| format!("{} can't be read", self.target.what()))?)
    }

    /// Forgets the last reading, after a change.
    pub(super) async fn forget(&self) {
        self.cached.forget().await;
    }

    /// Forgets the last reading, and reports the change to open pages.
    pub(super) async fn read_again(&self) {
        self.forget().await;
        self.changes.report();
    }

    /// Starts `work` unless a run of its kind is in progress. Returns when it has ended, or after some seconds. Work
    /// that changes something must [forget](Self::forget) the last reading itself.
    pub(super) async fn start<T, F>(
        self: &Arc<Self>,
        run: fn(&Runs) -> &Run<T>,
        work: impl FnOnce(Arc<Self>) -> F + Send + 'static,
    ) where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, CliError>>,
    {
        if !run(&self.runs).begin() {
            return;
        }
        let console = Arc::clone(self);
        let task = tokio::spawn(async move {
            let own = Arc::clone(&console);
            let done = apart(move || work(own)).await;
            let result = done.map_err(CliError::from).flatten();
            run(&console.runs).end(result);
            console.changes.report();
        });
        let _runs_on = tokio::time::timeout(SHORT, task).await;
    }

    /// Keeps the result of a form. Returns its number.
    pub(super) fn keep(&self, text: String) -> u64 {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.next += 1;
        let id = results.next;
        results.texts.insert(id, text);
        if results.texts.len() > MOST_RESULTS {
            results.texts.pop_first();
        }
        id
    }

    pub(super) fn result(&self, id: u64) -> Option<String> {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.texts.get(&id).cloned()
    }
}

fn name(target: &Target) -> Result<String, CliError> {
    if !target.is_machine() {
        let stack = target.flag();
        return Ok(format!(
            "stack {}",
            stack.trim_start_matches(" --stack ").trim()
        ));
    }
    let mut reader = Reader::new(target.vars());
    let path = database(&mut reader);
    let path = reader.finish(path)?;
    let path = std::path::absolute(path).context("the database's path can't be read")?;
    Ok(path.display().to_string())
}
