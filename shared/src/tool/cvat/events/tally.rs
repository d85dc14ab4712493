//! Adds events up to days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::export::{Odd, Record};
use crate::http::decode;
use crate::ids::MemberId;
use crate::lenient;
use crate::tool::{DayTotal, Window, Worker};

/// Far more than people times days of any project.
const MAX_ROWS: usize = 200_000;

/// What one person did on one day.
#[derive(Debug, Default)]
struct Sum {
    /// Milliseconds of activity; nothing when none was measured.
    active: Option<i64>,
    /// The jobs that were set to completed: each once, however often it was.
    completed: BTreeSet<String>,
    labels: i64,
}

/// Everybody's days.
#[derive(Debug)]
pub(super) struct Tally {
    window: Window,
    sums: BTreeMap<(String, Date), Sum>,
}

#[derive(Deserialize)]
struct WorkingTime {
    #[serde(deserialize_with = "lenient::number")]
    working_time: Option<f64>,
}

impl Tally {
    pub(super) fn new(window: Window) -> Self {
        Self {
            window,
            sums: BTreeMap::new(),
        }
    }

    /// Takes an event in.
    ///
    /// # Errors
    /// Why it can't be read: a log with such an event must not be taken for all of it.
    pub(super) fn add(&mut self, event: &Record<'_>) -> Result<(), Odd> {
        let counts = matches!(
            event.scope,
            "send:working_time" | "update:job" | "create:shapes" | "create:tags" | "create:tracks"
        );
        if !counts || event.user_id.is_empty() {
            return Ok(());
        }
        let day = lenient::utc_day(event.timestamp);
        let day = day.ok_or(Odd::Event("`timestamp` should be a moment"))?;
        if day < self.window.from || self.window.to < day {
            return Ok(());
        }
        if self.sums.len() >= MAX_ROWS {
            return Err(Odd::Log(
                "there are more people and days than any project has",
            ));
        }
        let change = Change::of(event)?;
        let sum = self.sums.entry((user(event.user_id), day)).or_default();
        match change {
            Change::Active(ms) => sum.active = Some(sum.active.unwrap_or_default() + ms),
            Change::Completed => drop(sum.completed.insert(event.job_id.to_owned())),
            Change::Labels(count) => sum.labels = sum.labels.saturating_add(count),
            Change::Nothing => {}
        }
        Ok(())
    }

    /// The days as totals; those on which nothing of it happened are left out.
    pub(super) fn totals(self) -> Vec<DayTotal> {
        let total = |((user, day), sum): ((String, Date), Sum)| DayTotal {
            worker: Worker::Member(MemberId::new(user)),
            work_date: day,
            total_seconds: sum.active.map(|ms| ms / 1000),
            tasks_completed: Some(i64::try_from(sum.completed.len()).unwrap_or(i64::MAX)),
            labels_completed: Some(sum.labels),
            disputed: 0,
        };
        self.sums.into_iter().map(total).collect()
    }
}

/// What an event adds to its day.
enum Change {
    /// Milliseconds.
    Active(i64),
    Completed,
    Labels(i64),
    Nothing,
}

impl Change {
    fn of(event: &Record<'_>) -> Result<Self, Odd> {
        Ok(match event.scope {
            "send:working_time" => {
                let told: Option<WorkingTime> = decode(event.payload.as_bytes()).ok();
                let told = told.and_then(|it| it.working_time);
                let told =
                    told.ok_or(Odd::Event("`working_time` of `payload` should be a number"))?;
                // Whole milliseconds, and no more than a day of them: the log is anybody's to write to.
                Self::Active(told.clamp(0.0, 86_400_000.0).round() as i64)
            }
            "update:job" if (event.obj_name, event.obj_val) == ("state", "completed") => {
                Self::Completed
            }
            "update:job" => Self::Nothing,
            _ => {
                let count = lenient::whole(Value::from(event.count));
                Self::Labels(count.map_err(|_| Odd::Event("`count` should be a whole number"))?)
            }
        })
    }
}

/// An id as text; some exports write whole numbers as 5.0.
fn user(id: &str) -> String {
    let number = lenient::whole::<_, i64>(Value::from(id)).ok();
    number.map_or_else(|| id.to_owned(), |id| id.to_string())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn tally(events: &[(&str, &str, &str, &str, &str)]) -> Result<Vec<DayTotal>, Odd> {
        let mut tally = Tally::new(Window {
            from: date(2026, 3, 1),
            to: date(2026, 3, 2),
        });
        for (timestamp, scope, obj_val, count, payload) in events {
            tally.add(&Record {
                scope,
                timestamp,
                obj_name: "state",
                obj_val,
                count,
                job_id: "7",
                user_id: "5",
                payload,
            })?;
        }
        Ok(tally.totals())
    }

    const NOON: &str = "2026-03-01 12:00:00.123000+00:00";
    const TIME: &str = "send:working_time";

    #[test]
    fn a_day_is_added_up() {
        let totals = tally(&[
            (NOON, TIME, "", "", r#"{"working_time": 61500}"#),
            (
                "2026-03-01 23:59:59.999000",
                TIME,
                "",
                "",
                r#"{"working_time": 1499.6}"#,
            ),
            (NOON, "create:shapes", "", "3", "{}"),
            (NOON, "create:tags", "", "1", "{}"),
            (NOON, "delete:shapes", "", "9", "{}"),
            (NOON, "update:job", "completed", "", "{}"),
            (NOON, "update:job", "in progress", "", "{}"),
            (NOON, "update:job", "completed", "", "{}"),
            ("2026-03-03T00:00:00Z", "create:tags", "", "5", "{}"),
        ]);
        let totals = totals.unwrap();
        assert_eq!(totals.len(), 1, "the day after was not asked for");
        let day = &totals[0];
        assert_eq!(
            (day.total_seconds, day.tasks_completed, day.labels_completed),
            (Some(63), Some(1), Some(4))
        );
        assert_eq!(
            (&day.worker, day.work_date),
            (&Worker::Member("5".into()), date(2026, 3, 1))
        );
    }

    #[test]
    fn a_day_without_measured_activity_has_no_seconds() {
        let totals = tally(&[("2026-03-02 00:00:00", "create:tracks", "", "2", "{}")]).unwrap();
        assert_eq!(
            (totals[0].total_seconds, totals[0].labels_completed),
            (None, Some(2))
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_left_out() {
        for (timestamp, scope, count, payload) in [
            ("soon", "create:tags", "1", "{}"),
            (NOON, "create:tags", "many", "{}"),
            (NOON, TIME, "", "{}"),
        ] {
            assert!(
                tally(&[(timestamp, scope, "", count, payload)]).is_err(),
                "{scope}"
            );
        }
    }

    #[test]
    fn nobody_works_longer_than_a_day_in_one_event() {
        let totals = tally(&[(NOON, TIME, "", "", r#"{"working_time": 1e300}"#)]).unwrap();
        assert_eq!(totals[0].total_seconds, Some(86_400));
    }
}
