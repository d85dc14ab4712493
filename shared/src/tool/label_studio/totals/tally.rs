//! Annotations → totals. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::page::{Annotation, Region, Task, Who};
use crate::ids::MemberId;
use crate::tool::{DayTotal, Window, Worker};

/// Milliseconds of a day, by the clock of UTC.
const DAY: i64 = 86_400_000;

/// Adds up annotations by person and day.
pub(super) struct Tally {
    window: Window,
    /// The most of one annotation that counts, in milliseconds.
    most: i64,
    days: BTreeMap<(u64, Date), Day>,
}

/// One person's work on one day.
#[derive(Default)]
struct Day {
    /// Whole milliseconds, so that the order of adding up changes nothing; nothing when no annotation says.
    time: Option<i64>,
    tasks: i64,
    labels: i64,
    disputed: u64,
}

impl Tally {
    pub(super) fn new(window: Window, max_seconds: u32) -> Self {
        Self {
            window,
            most: i64::from(max_seconds) * 1000,
            days: BTreeMap::new(),
        }
    }

    /// Counts the annotations of one task.
    pub(super) fn add(&mut self, task: &Task) {
        let mut finished = BTreeSet::new();
        for annotation in &task.annotations {
            let day = annotation.created_at.to_zoned(TimeZone::UTC).date();
            let Some(who) = worker(annotation) else {
                continue;
            };
            if day < self.window.from || day > self.window.to {
                continue;
            }
            let time = self.time(annotation);
            let total = self.days.entry((who, day)).or_default();
            if let Some(time) = time {
                *total.time.get_or_insert(0) += time;
            }
            // A skip took time, and finished nothing.
            if !annotation.was_cancelled {
                total.tasks += i64::from(finished.insert((who, day)));
                total.labels += labels(&annotation.result);
            }
            let written_by = annotation.updated_by.as_ref().map(Who::id);
            total.disputed += u64::from(written_by.is_some_and(|by| by != who));
        }
    }

    /// What was counted. A day has no more seconds than a day.
    pub(super) fn totals(self) -> Vec<DayTotal> {
        let total = |((who, day), it): ((u64, Date), Day)| DayTotal {
            worker: Worker::Member(MemberId::new(who.to_string())),
            work_date: day,
            total_seconds: it.time.map(|time| time.min(DAY) / 1000),
            tasks_completed: Some(it.tasks),
            labels_completed: Some(it.labels),
            disputed: it.disputed,
        };
        self.days.into_iter().map(total).collect()
    }

    /// The browser's word, within bounds: nobody works for less than nothing.
    fn time(&self, annotation: &Annotation) -> Option<i64> {
        let seconds = annotation.lead_time.filter(|it| it.is_finite())?;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a float that is too large becomes the largest number, which is then cut to the bound"
        )]
        let milliseconds = (seconds * 1000.0).round() as i64;
        Some(milliseconds.clamp(0, self.most))
    }
}

/// Whose work it is; nobody's when it is an answer to measure others by, or its maker's account is gone.
fn worker(annotation: &Annotation) -> Option<u64> {
    let who = annotation.completed_by.as_ref().map(Who::id);
    who.filter(|_| !annotation.ground_truth)
}

fn labels(result: &[Region]) -> i64 {
    let ids: BTreeSet<_> = result
        .iter()
        .filter_map(|region| region.id.as_ref())
        .collect();
    i64::try_from(ids.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
