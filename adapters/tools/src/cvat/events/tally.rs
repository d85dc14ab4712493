//! Adds up events by day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use super::export::{Odd, Record};
use shared::model::ids::MemberId;
use shared::model::json::decode;
use shared::model::lenient;
use shared::tool::{Apart, DayTotal, Gaps, NotOwn, Spans, Window, Worker};

/// Maximum number of rows: far more than people times days of any project.
const MAX_ROWS: usize = 200_000;

/// Work of one person on one day.
#[derive(Debug, Default)]
struct Sum {
    /// Activity; `None` if none was measured.
    active: Option<Spans>,
    /// The jobs that were set to completed. Each counts once.
    completed: BTreeSet<String>,
    labels: i64,
    /// Whether an event could not be read.
    in_part: bool,
}

/// Work that is not reported.
#[derive(Debug, Default)]
struct Left {
    pieces: u64,
    milliseconds: i64,
}

/// Days of all people.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    window: Window,
    gaps: &'a Gaps,
    sums: BTreeMap<(String, Date), Sum>,
    apart: BTreeMap<(String, Date), Left>,
    /// The users of events whose day could not be read.
    unclear: BTreeSet<String>,
}

#[derive(Deserialize)]
struct WorkingTime {
    #[serde(deserialize_with = "lenient::number")]
    working_time: Option<f64>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(window: Window, gaps: &'a Gaps) -> Self {
        Self {
            window,
            gaps,
            sums: BTreeMap::new(),
            apart: BTreeMap::new(),
            unclear: BTreeSet::new(),
        }
    }

    /// Adds an event.
    ///
    /// # Errors
    /// The reason why the event cannot be read. The log must then not count as complete.
    pub(super) fn add(&mut self, event: &Record<'_>) -> Result<(), Odd> {
        let counts = matches!(
            event.scope,
            "send:working_time" | "update:job" | "create:shapes" | "create:tags" | "create:tracks"
        );
        if !counts || event.user_id.is_empty() {
            return Ok(());
        }
        let user = user(event.user_id);
        let Some(at) = lenient::moment_of(event.timestamp) else {
            self.unclear.insert(user);
            return Err(Odd::Event("`timestamp` should be a moment"));
        };
        let day = at.to_zoned(TimeZone::UTC).date();
        if !self.window.holds(day) {
            return Ok(());
        }
        if self.sums.len() >= MAX_ROWS {
            return Err(Odd::Log(
                "there are more people and days than any project has",
            ));
        }
        let change = Change::of(event);
        let worker = Worker::Member(MemberId::new(user.clone()));
        if self.gaps.hold(&worker, at) {
            self.leave_out((user, day), change.as_ref().ok());
            return change.map(drop);
        }
        let sum = self.sums.entry((user, day)).or_default();
        sum.in_part |= change.is_err();
        sum.add(change?, event, at);
        Ok(())
    }

    /// Leaves out work during which the person had no contract. Every account may write to the log, even a removed one.
    fn leave_out(&mut self, of: (String, Date), change: Option<&Change>) {
        let left = self.apart.entry(of).or_default();
        match change {
            Some(Change::Nothing) => {}
            Some(Change::Active(milliseconds)) => {
                left.pieces += 1;
                left.milliseconds += milliseconds;
            }
            _ => left.pieces += 1,
        }
    }

    /// Periods in which people were active, by day.
    pub(super) fn spans(self) -> HashMap<(Worker, Date), Spans> {
        let spans = self.sums.into_iter().filter_map(|((user, day), sum)| {
            let worker = Worker::Member(MemberId::new(user));
            Some(((worker, day), sum.active?))
        });
        spans.collect()
    }

    /// The days as totals, and the work that is not reported.
    pub(super) fn totals(&self) -> (Vec<DayTotal>, Vec<Apart>) {
        let worker = |user: &str| Worker::Member(MemberId::new(user));
        let total = |((user, day), sum): (&(String, Date), &Sum)| DayTotal {
            worker: worker(user),
            work_date: *day,
            total_seconds: sum.active.as_ref().map(|it| it.milliseconds() / 1000),
            tasks_completed: Some(i64::try_from(sum.completed.len()).unwrap_or(i64::MAX)),
            labels_completed: Some(sum.labels),
            disputed: 0,
            in_part: sum.in_part || self.unclear.contains(user),
        };
        let apart = |((user, day), left): (&(String, Date), &Left)| Apart {
            worker: worker(user),
            work_date: *day,
            why: NotOwn::WithoutContract,
            pieces: left.pieces,
            seconds: left.milliseconds / 1000,
        };
        let left = self.apart.iter().filter(|(_, left)| left.pieces > 0);
        let apart = left.map(apart).collect();
        (self.sums.iter().map(total).collect(), apart)
    }
}

impl Sum {
    fn add(&mut self, change: Change, event: &Record<'_>, at: Timestamp) {
        match change {
            Change::Active(milliseconds) => {
                self.active.get_or_insert_default().add(at, milliseconds);
            }
            Change::Completed => drop(self.completed.insert(event.job_id.to_owned())),
            Change::Labels(count) => self.labels = self.labels.saturating_add(count),
            Change::Nothing => {}
        }
    }
}

/// The change that an event makes to its day.
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
            "send:working_time" => Self::Active(milliseconds(event)?),
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

/// The working time in whole milliseconds: the column `duration`, or the payload, which repeats it. At most a day,
/// because every account may write any value to the log.
fn milliseconds(event: &Record<'_>) -> Result<i64, Odd> {
    let column: Option<f64> = event.duration.trim().parse().ok();
    let payload = || {
        let told: Option<WorkingTime> = decode(event.payload.as_bytes()).ok();
        told.and_then(|it| it.working_time)
    };
    let told = column.filter(|it| *it > 0.0).or_else(payload);
    let told = told.ok_or(Odd::Event("`working_time` of `payload` should be a number"))?;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the number is within a day's milliseconds"
    )]
    let milliseconds = told.clamp(0.0, 86_400_000.0).round() as i64;
    Ok(milliseconds)
}

/// An id as text; some exports write whole numbers as 5.0.
fn user(id: &str) -> String {
    let number = lenient::whole::<_, i64>(Value::from(id)).ok();
    number.map_or_else(|| id.to_owned(), |id| id.to_string())
}

#[cfg(test)]
mod tests;
