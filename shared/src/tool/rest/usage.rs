//! Whole-day totals, page by page.
//!
//! An answer that breaks the contract is refused whole, as something to be tried later: totals are
//! cumulative, so the next run reads the same days again and nothing is lost by waiting, whereas half
//! an answer would be reported as if it were all of it. Only the shape is judged here; whether a number
//! is plausible is for the report, which can set one bad entry aside.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Date;
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::RestTool;
use crate::ids::{ProjectId, TrainerId};
use crate::tool::outcome::{body, no_answer, no_such_project, odd_id, unreadable};
use crate::tool::{DayTotal, ToolError, Window, Worker};

/// A tool whose cursors never end would keep us, and our memory, for ever.
const MAX_PAGES: usize = 1_000;
/// Far more than people times days of any project.
const MAX_ROWS: usize = 200_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    totals: Vec<Row>,
    #[serde(default)]
    next_cursor: Option<String>,
}

/// A total as the contract words it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    trainer_id: TrainerId,
    work_date: Date,
    #[serde(default)]
    total_seconds: Option<i64>,
    #[serde(default)]
    tasks_completed: Option<i64>,
    #[serde(default)]
    labels_completed: Option<i64>,
}

impl Row {
    fn total(self) -> DayTotal {
        DayTotal {
            worker: Worker::Trainer(self.trainer_id),
            work_date: self.work_date,
            total_seconds: self.total_seconds,
            tasks_completed: self.tasks_completed,
            labels_completed: self.labels_completed,
            disputed: 0,
        }
    }
}

/// The rows by worker and day: there is one total for each.
type Totals = BTreeMap<(TrainerId, Date), DayTotal>;

impl RestTool {
    /// `GET /projects/{projectId}/usage`, every page; nothing when the tool measures nothing.
    pub(super) async fn read_totals(
        &self,
        project: &ProjectId,
        window: Window,
    ) -> Result<Option<Vec<DayTotal>>, ToolError> {
        if self.usage.holds(self.clock.now()) {
            return Ok(None);
        }
        let mut totals = Totals::new();
        let mut seen = HashSet::new();
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            let Some(page) = self.read_page(project, window, cursor.as_deref()).await? else {
                return Ok(None);
            };
            add(&mut totals, page.totals, window)?;
            // Some write the end as an empty cursor.
            let Some(next) = page.next_cursor.filter(|next| !next.is_empty()) else {
                return Ok(Some(totals.into_values().collect()));
            };
            if !seen.insert(next.clone()) {
                return Err(unreadable("`nextCursor` comes a second time"));
            }
            cursor = Some(next);
        }
        Err(unreadable(format!("there are more than {MAX_PAGES} pages")))
    }

    async fn read_page(
        &self,
        project: &ProjectId,
        window: Window,
        cursor: Option<&str>,
    ) -> Result<Option<Page>, ToolError> {
        let mut url = self
            .http
            .url(&["projects", project.as_str(), "usage"])
            .map_err(odd_id)?;
        url.query_pairs_mut()
            .append_pair("from", &window.from.to_string())
            .append_pair("to", &window.to.to_string())
            .extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
        let answer = self
            .http
            .send(Method::GET, url, None)
            .await
            .map_err(no_answer)?;
        match answer.status {
            StatusCode::NOT_IMPLEMENTED => {
                self.usage.begin(self.clock.now());
                Ok(None)
            }
            StatusCode::NOT_FOUND => Err(no_such_project(project)),
            status if status.is_success() => body(&answer).map(Some),
            _ => Err(self.refused(&answer, &[])),
        }
    }
}

fn add(totals: &mut Totals, rows: Vec<Row>, window: Window) -> Result<(), ToolError> {
    for row in rows {
        if row.work_date < window.from || row.work_date > window.to {
            return Err(unreadable(format!(
                "a total of {} was not asked for",
                row.work_date
            )));
        }
        let key = (row.trainer_id.clone(), row.work_date);
        let row = row.total();
        // The same row twice is a page that moved under us. Two rows that differ are parts of a day, and
        // a part must not be reported as the whole.
        if totals.get(&key).is_some_and(|earlier| *earlier != row) {
            return Err(unreadable(format!(
                "{} has two different totals on {}",
                key.0, key.1
            )));
        }
        totals.insert(key, row);
        if totals.len() > MAX_ROWS {
            return Err(unreadable(format!("there are more than {MAX_ROWS} totals")));
        }
    }
    Ok(())
}
