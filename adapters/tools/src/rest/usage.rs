//! Whole-day totals, page by page.
//!
//! A row that violates the contract is named and omitted, and the others count. A page without readable rows or cursor
//! fails the reading: totals are cumulative, so the next run reads the same days again and nothing is lost. Only the
//! form is checked here; the report checks whether a number is plausible.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::{Method, StatusCode};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{RestTool, read};
use crate::outcome::{Allowance, no_answer, no_such_project, odd_id, unreadable};
use shared::model::ids::{ProjectId, TrainerId};
use shared::model::json::{Element, Listing, UnreadableElement, UnreadableElements};
use shared::model::lenient::{self, LOST};
use shared::model::plain;
use shared::tool::{Ask, DayTotal, Doubt, ToolError, Totals, Window, Worker};

/// Maximum number of pages, in case the cursors never end.
const MAX_PAGES: usize = 1_000;
/// Far more than people times days of any project.
const MAX_ROWS: usize = 200_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    totals: Listing<Row>,
    #[serde(default, deserialize_with = "cursor")]
    next_cursor: Option<String>,
}

/// A total in the contract's format.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    trainer_id: TrainerId,
    #[serde(deserialize_with = "lenient::day")]
    work_date: Date,
    #[serde(default, deserialize_with = "lenient::seconds")]
    total_seconds: Option<i64>,
    #[serde(default, deserialize_with = "lenient::count")]
    tasks_completed: Option<i64>,
    #[serde(default, deserialize_with = "lenient::count")]
    labels_completed: Option<i64>,
}

impl Element for Row {
    const KIND: &'static str = "row";
    const ID: &'static [&'static str] = &["/trainerId", "/workDate"];
}

/// A cursor is sent back unchanged. Some tools write numbers.
fn cursor<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(d)? {
        Value::Null => Ok(None),
        Value::String(text) if !text.contains(LOST) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(D::Error::custom("should be text, a number or null")),
    }
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
            in_part: false,
        }
    }
}

/// Rows by worker and day. There is one total for each.
#[derive(Default)]
struct Rows {
    days: BTreeMap<(TrainerId, Date), DayTotal>,
    /// Workers and days with two different totals: neither counts.
    contradicted: HashSet<(TrainerId, Date)>,
    unreadable: UnreadableElements,
}

impl RestTool {
    /// `GET /projects/{projectId}/usage`, all pages; `None` if the tool measures nothing.
    pub(super) async fn read_totals(
        &self,
        project: &ProjectId,
        ask: &Ask,
    ) -> Result<Option<Totals>, ToolError> {
        let read_at = self.clock.now();
        let mut allowance = Allowance::of(ask.most_bytes);
        if self.usage.holds(self.clock.now()) {
            return Ok(None);
        }
        let mut rows = Rows::default();
        let mut seen = HashSet::new();
        let mut cursor = None;
        for _ in 0..MAX_PAGES {
            let page = self.read_page(project, ask.window, cursor.as_deref(), &mut allowance);
            let Some(page) = page.await? else {
                return Ok(None);
            };
            rows.add(page.totals, ask.window)?;
            // Some tools mark the end with an empty cursor.
            let Some(next) = page.next_cursor.filter(|next| !next.is_empty()) else {
                return Ok(Some(rows.finish(read_at)));
            };
            if !seen.insert(next.clone()) {
                return Err(unreadable("`nextCursor` is repeated"));
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
        allowance: &mut Allowance,
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
        allowance.take(answer.size())?;
        match answer.status {
            StatusCode::NOT_IMPLEMENTED => {
                self.usage.begin(self.clock.now());
                Ok(None)
            }
            StatusCode::NOT_FOUND => Err(no_such_project(project)),
            status if status.is_success() => read(&answer, "GET …/usage").map(Some),
            _ => Err(self.refused(&answer, &[])),
        }
    }
}

impl Rows {
    fn add(&mut self, rows: Listing<Row>, window: Window) -> Result<(), ToolError> {
        let (rows, left_out) = rows.into_parts();
        self.unreadable.extend(left_out);
        for row in rows {
            let key = (row.trainer_id.clone(), row.work_date);
            if row.work_date < window.from || row.work_date > window.to {
                let days = format!("`workDate` should be from {} to {}", window.from, window.to);
                self.leave_out(&key, days);
                continue;
            }
            let row = row.total();
            // An identical row is from a page that moved during reading. Two different rows are parts of a day, and a
            // part must not be reported as the whole.
            if self.days.get(&key).is_some_and(|earlier| *earlier != row) {
                self.days.remove(&key);
                self.leave_out(
                    &key,
                    "there should be one total for each trainer and day".to_owned(),
                );
                self.contradicted.insert(key);
            } else if !self.contradicted.contains(&key) {
                self.days.insert(key, row);
            }
            if self.days.len() > MAX_ROWS {
                return Err(unreadable(format!("there are more than {MAX_ROWS} totals")));
            }
        }
        Ok(())
    }

    fn leave_out(&mut self, (trainer, day): &(TrainerId, Date), reason: String) {
        let name = plain(&format!("row {trainer} {day}"), &[]);
        self.unreadable.add(UnreadableElement {
            ids: vec![Some(trainer.to_string()), Some(day.to_string())],
            ..UnreadableElement::of(name, reason)
        });
    }

    fn finish(self, read_at: Timestamp) -> Totals {
        let doubts = self.unreadable.all_named();
        let doubts = doubts.map(|rows| rows.iter().map(doubt).collect());
        let days = Listing::new(self.days.into_values().collect(), self.unreadable);
        Totals {
            doubts,
            ..Totals::of(read_at, days)
        }
    }
}

/// The worker and the day in an unreadable row.
fn doubt(row: &UnreadableElement) -> Doubt {
    let id = |at: usize| row.ids.get(at)?.as_deref();
    Doubt {
        worker: id(0).map(|it| Worker::Trainer(it.into())),
        day: id(1).and_then(lenient::utc_day),
    }
}
