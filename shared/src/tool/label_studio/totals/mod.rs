//! Work, as the annotations tell it.
//!
//! Tasks that were touched since the window's first day are read page by page, and only the fields that are
//! counted: what people work on never leaves the customer's server. An annotation belongs to the UTC day of
//! its `created_at`. Whatever was made within the window was touched within it, so the window is complete;
//! later edits of older annotations are out of it.
//!
//! A page is gone from memory when it is counted: what stays is a number for each person and day.

mod page;
mod query;
mod tally;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Method, StatusCode};

use self::page::{Page, Task};
use self::tally::Tally;
use super::super::outcome::{no_such_project, unreadable};
use super::call::read;
use super::{LabelStudio, number};
use crate::clock::{after, before};
use crate::http::Listing;
use crate::ids::ProjectId;
use crate::tool::{Ask, DayTotal, ToolError, Totals, Window};

/// How many tasks a page holds: one of a day's four took 1.4 s on two cores.
const PAGE: usize = 500;

/// A list that never ends would keep us for ever.
const MAX_PAGES: usize = 5_000;

/// How far back a look for changes reaches behind the reading before: clocks differ, and what is being
/// written while we read must not slip through.
const OVERLAP: Duration = Duration::from_secs(10 * 60);

/// A reading is done again after this long, whatever changed: a task that is deleted tells nobody.
const GOOD_FOR: Duration = Duration::from_secs(6 * 60 * 60);

/// Reads totals, and remembers the last of each project.
#[derive(Debug)]
pub(super) struct Reader {
    max_seconds: u32,
    last: Mutex<BTreeMap<ProjectId, Reading>>,
}

/// A project's totals, and the moment before they were asked for.
#[derive(Debug, Clone)]
struct Reading {
    window: Window,
    asked_at: Timestamp,
    totals: Listing<DayTotal>,
}

impl Reader {
    /// Of one annotation, at most `max_seconds` are counted.
    pub(super) fn new(max_seconds: u32) -> Self {
        Self {
            max_seconds,
            last: Mutex::default(),
        }
    }

    /// How the figures come about.
    pub(super) fn figures(&self) -> String {
        format!(
            "time is what people's browsers reported from opening a task to submitting it, idle time included; at most \
             {} s of one annotation and 86400 s of a day count (MAX_SECONDS_PER_ANNOTATION)",
            self.max_seconds
        )
    }

    /// The reading before, if it is of the same days and young enough.
    fn last(&self, project: &ProjectId, window: Window, now: Timestamp) -> Option<Reading> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.get(project)?;
        let fits = last.window == window && now < after(last.asked_at, GOOD_FOR);
        fits.then(|| last.clone())
    }

    fn remember(&self, project: &ProjectId, reading: Reading) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(project.clone(), reading);
    }
}

impl LabelStudio {
    /// Everybody's days. One call when nothing changed since the reading before.
    pub(super) async fn read_totals(
        &self,
        project: &ProjectId,
        ask: &Ask,
    ) -> Result<Totals, ToolError> {
        let (now, window) = (self.clock.now(), ask.window);
        if let Some(last) = self
            .reader
            .last(project, window, now)
            .filter(|_| !ask.fresh)
            && !self
                .is_touched(project, before(last.asked_at, OVERLAP))
                .await?
        {
            return Ok(Totals::of(last.asked_at, last.totals));
        }
        let totals = self.count(project, window).await?;
        let reading = Reading {
            window,
            asked_at: now,
            totals: totals.clone(),
        };
        self.reader.remember(project, reading);
        Ok(Totals::of(now, totals))
    }

    /// Whether any task was touched since.
    async fn is_touched(&self, project: &ProjectId, since: Timestamp) -> Result<bool, ToolError> {
        let query = query::touched_since(&query::moment(since), 0);
        let page = self.page(project, &query, query::PROBED, 1).await?;
        Ok(page.is_none_or(|page| !page.tasks.is_empty()))
    }

    async fn count(
        &self,
        project: &ProjectId,
        window: Window,
    ) -> Result<Listing<DayTotal>, ToolError> {
        let since = query::first_moment(window.from);
        let mut tally = Tally::new(window, self.reader.max_seconds);
        let (mut last, mut size) = (0, PAGE);
        for _ in 0..MAX_PAGES {
            let query = query::touched_since(&since, last);
            let Some(page) = self.page(project, &query, query::COUNTED, size).await? else {
                // Too much for one answer: tasks with large results come in smaller pages.
                size = (size / 4).max(1);
                continue;
            };
            // By the server's own count: it may hold pages shorter than was asked for.
            let is_last = page.tasks.len() as u64 >= page.total;
            let behind = last;
            last = add(&mut tally, page.tasks, last)?.unwrap_or(last);
            if !is_last && last == behind {
                return Err(unreadable("no task of a page can be read"));
            }
            if is_last {
                return Ok(tally.totals());
            }
        }
        Err(unreadable(format!(
            "there are more than {MAX_PAGES} pages of tasks"
        )))
    }

    /// One page; nothing when it is larger than an answer may be.
    async fn page(
        &self,
        project: &ProjectId,
        query: &str,
        fields: &str,
        size: usize,
    ) -> Result<Option<Page>, ToolError> {
        let mut url = self.path(&["api", "tasks"])?;
        url.query_pairs_mut()
            .append_pair("project", number(project)?)
            .append_pair("fields", "all")
            .append_pair("page", "1")
            .append_pair("page_size", &size.to_string())
            .append_pair("include", fields)
            .append_pair("query", query);
        let answer = self.call_by(&self.pages, Method::GET, url, None).await?;
        match answer.status {
            StatusCode::NOT_FOUND if answer.is_json() => Err(no_such_project(project)),
            status if status.is_success() && answer.is_too_large() && size > 1 => Ok(None),
            status if status.is_success() => read(&answer).map(Some),
            _ => Err(self.refused(&answer, &[])),
        }
    }
}

/// Counts a page's tasks; the id of the last one.
fn add(tally: &mut Tally, tasks: Listing<Task>, after: u64) -> Result<Option<u64>, ToolError> {
    let mut last = None;
    let (tasks, unreadable_tasks) = tasks.into_parts();
    tally.leave_out(unreadable_tasks);
    for task in tasks {
        // By ids in order a page never moves, whatever is written meanwhile.
        if task.id <= last.unwrap_or(after) {
            return Err(unreadable("tasks don't come in the order of their ids"));
        }
        last = Some(task.id);
        tally.add(&task);
    }
    Ok(last)
}
