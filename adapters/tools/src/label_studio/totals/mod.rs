//! Work totals from annotations.
//!
//! The bridge reads, page by page, the tasks that changed since the window's first day, and tasks to which annotations
//! of the window were moved. It reads only the fields that it counts: the content of tasks never leaves the customer's
//! server. An annotation belongs to the UTC day of its `created_at`. Later edits of older annotations are out of the
//! window.
//!
//! A page is dropped from memory once it is counted. Only a number for each person and day stays.

mod page;
mod query;
mod tally;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::{Method, StatusCode};

use self::page::{Page, Task};
use self::query::Which;
use self::tally::{Counted, Tally, Written};
use super::call::read;
use super::{LabelStudio, number};
use crate::outcome::{Allowance, no_such_project, unreadable};
use shared::model::clock::{after, before};
use shared::model::ids::{MemberId, ProjectId};
use shared::model::json::Listing;
use shared::tool::{Ask, Gaps, Pieces, ToolError, Totals, Window};

/// Number of tasks per page. One of the four pages of a day took 1.4 s on two cores.
const PAGE: usize = 500;

/// Maximum number of pages, so that a list without an end does not block the run.
const MAX_PAGES: usize = 5_000;

/// A search for changes begins this long before the newest known change, so that none during a reading is missed.
const OVERLAP: Duration = Duration::from_secs(10 * 60);

/// Maximum age of a stored reading. A deleted task leaves no change to find, so older readings are repeated.
const GOOD_FOR: Duration = Duration::from_secs(6 * 60 * 60);

/// Reads totals, and keeps the last ones of each project.
#[derive(Debug)]
pub(super) struct Reader {
    max_seconds: u32,
    last: Mutex<BTreeMap<ProjectId, Reading>>,
}

/// A project's totals.
#[derive(Debug, Clone)]
struct Reading {
    window: Window,
    gaps: Gaps,
    totals: Totals,
    /// `None` if no task of the window was changed.
    touched: Option<Touched>,
}

/// The tasks that were changed last, by the server's clock, which may differ from the bridge's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Touched {
    /// Time of the newest change.
    newest: Timestamp,
    /// Number of tasks that were changed at most [`OVERLAP`] earlier.
    count: u64,
}

impl Reader {
    /// A reader that counts at most `max_seconds` of one annotation.
    pub(super) fn new(max_seconds: u32) -> Self {
        Self {
            max_seconds,
            last: Mutex::default(),
        }
    }

    /// Explanation of the figures.
    pub(super) fn figures(&self) -> String {
        format!(
            "time is what people's browsers reported from opening a task to submitting it, idle time included; at most \
             {} s of one annotation and 86400 s of a day count (MAX_SECONDS_PER_ANNOTATION)",
            self.max_seconds
        )
    }

    /// The previous reading, if it has the same days and is recent enough.
    fn last(&self, project: &ProjectId, ask: &Ask, now: Timestamp) -> Option<Reading> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.get(project)?;
        let is_same = last.window == ask.window && last.gaps == ask.gaps;
        let fits = is_same && now < after(last.totals.read_at, GOOD_FOR);
        fits.then(|| last.clone())
    }

    fn remember(&self, project: &ProjectId, reading: Reading) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(project.clone(), reading);
    }
}

impl LabelStudio {
    /// Totals of all people. Makes one call if nothing has changed since the previous reading.
    pub(super) async fn read_totals(
        &self,
        project: &ProjectId,
        ask: &Ask,
    ) -> Result<Totals, ToolError> {
        let now = self.clock.now();
        let last = self.reader.last(project, ask, now);
        if let Some(last) = last.filter(|_| !ask.fresh)
            && self.is_unchanged(project, &last).await?
        {
            return Ok(last.totals);
        }
        let (counted, touched) = self.count(project, ask).await?;
        let totals = Totals {
            apart: counted.apart,
            ..Totals::of(now, counted.days)
        };
        // A reading of a dry run records nothing, so later runs must not reuse it.
        if ask.dry {
            return Ok(totals);
        }
        self.keep_written(project, &counted.written).await?;
        let reading = Reading {
            window: ask.window,
            gaps: ask.gaps.clone(),
            totals: totals.clone(),
            touched,
        };
        self.reader.remember(project, reading);
        Ok(totals)
    }

    /// Whether no task was changed since a reading.
    async fn is_unchanged(&self, project: &ProjectId, last: &Reading) -> Result<bool, ToolError> {
        let since = last
            .touched
            .map(|it| query::moment(before(it.newest, OVERLAP)));
        let since = since.unwrap_or_else(|| query::first_moment(last.window.from));
        let query = query::newest_since(&since);
        let Some(page) = self.page(project, &query, query::PROBED, 1).await? else {
            return Ok(false);
        };
        let Some(first) = page.tasks.readable().first() else {
            return Ok(page.total == 0 && last.touched.is_none());
        };
        let touched = first.updated_at.map(|newest| Touched {
            newest,
            count: page.total,
        });
        Ok(touched.is_some() && touched == last.touched)
    }

    /// Counts the annotations of the window, and returns the tasks that were changed last.
    async fn count(
        &self,
        project: &ProjectId,
        ask: &Ask,
    ) -> Result<(Counted, Option<Touched>), ToolError> {
        let written = self.written(project, ask.window).await?;
        let mut tally = Tally::new(ask.window, &ask.gaps, self.reader.max_seconds, written);
        let mut allowance = Allowance::of(ask.most_bytes);
        let since = query::first_moment(ask.window.from);
        let mut moments = Vec::new();
        for which in [Which::Touched, Which::Moved] {
            let mut walk = Walk {
                project,
                which,
                since: &since,
                allowance: &mut allowance,
            };
            let read = self.walk(&mut walk, &mut tally).await?;
            moments.extend(read);
        }
        let newest = moments.iter().max().copied();
        let touched = newest.map(|newest| {
            let since = before(newest, OVERLAP);
            let recent = moments.iter().filter(|at| **at >= since);
            Touched {
                newest,
                count: recent.count() as u64,
            }
        });
        Ok((tally.counted(), touched))
    }

    /// Reads tasks page by page and counts them. Returns the times of their changes.
    async fn walk(
        &self,
        walk: &mut Walk<'_, '_>,
        tally: &mut Tally<'_>,
    ) -> Result<Vec<Timestamp>, ToolError> {
        let (mut last, mut size) = (0, PAGE);
        let mut moments = Vec::new();
        for _ in 0..MAX_PAGES {
            let query = query::tasks_since(walk.which, walk.since, last);
            let page = self
                .page(walk.project, &query, query::COUNTED, size)
                .await?;
            let Some(page) = page else {
                // The response was too large: tasks with large results are read in smaller pages.
                size = (size / 4).max(1);
                continue;
            };
            walk.allowance.take(page.bytes)?;
            // The server's count decides, because its pages may be shorter than requested.
            let is_last = page.tasks.len() as u64 >= page.total;
            let behind = last;
            let touched = page.tasks.readable().iter().filter_map(|it| it.updated_at);
            moments.extend(touched);
            last = add(tally, page.tasks, last)?.unwrap_or(last);
            if !is_last && last == behind {
                return Err(unreadable("no task of a page can be read"));
            }
            if is_last {
                return Ok(moments);
            }
        }
        Err(unreadable(format!(
            "there are more than {MAX_PAGES} pages of tasks"
        )))
    }

    /// Annotations that people are known to have written themselves.
    async fn written(&self, project: &ProjectId, window: Window) -> Result<Written, ToolError> {
        let known = self.memory.written(project, window).await;
        let known = known?.into_iter();
        let of = |((member, day), pieces): ((MemberId, Date), Pieces)| {
            let who = member.as_str().parse().ok()?;
            Some(((who, day), pieces))
        };
        Ok(Written::of(known.filter_map(of).collect()))
    }

    async fn keep_written(&self, project: &ProjectId, written: &Written) -> Result<(), ToolError> {
        for (who, day, pieces) in written.changes() {
            let member = MemberId::new(who.to_string());
            let kept = self.memory.note_written(project, &member, day, pieces);
            kept.await?;
        }
        Ok(())
    }

    /// Reads one page. Returns `None` if it exceeds the size limit of a response.
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
            status if status.is_success() => {
                let page: Page = read(&answer)?;
                let bytes = answer.size();
                Ok(Some(Page { bytes, ..page }))
            }
            _ => Err(self.refused(&answer, &[])),
        }
    }
}

/// A walk over tasks.
struct Walk<'a, 'b> {
    project: &'a ProjectId,
    which: Which,
    since: &'a str,
    allowance: &'b mut Allowance,
}

/// Counts a page's tasks. Returns the id of the last one.
fn add(tally: &mut Tally<'_>, tasks: Listing<Task>, after: u64) -> Result<Option<u64>, ToolError> {
    let mut last = None;
    let (tasks, unreadable_tasks) = tasks.into_parts();
    tally.leave_out(unreadable_tasks);
    for task in tasks {
        // With ids in order, concurrent writes do not shift tasks between pages.
        if task.id <= last.unwrap_or(after) {
            return Err(unreadable("tasks don't come in the order of their ids"));
        }
        last = Some(task.id);
        tally.add(&task);
    }
    Ok(last)
}
