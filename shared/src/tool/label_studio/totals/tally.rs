//! Annotations → totals. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::page::{Annotation, LeadTime, Region, Task};
use crate::http::{Listing, UnreadableElement, UnreadableElements, plain};
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
    unreadable: UnreadableElements,
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
            unreadable: UnreadableElements::default(),
        }
    }

    /// Names tasks that could not be read.
    pub(super) fn leave_out(&mut self, tasks: UnreadableElements) {
        self.unreadable.extend(tasks);
    }

    /// Counts the annotations of one task.
    pub(super) fn add(&mut self, task: &Task) {
        let within = format!("of task {}", task.id);
        self.unreadable
            .extend(task.annotations.unreadable().within(&within));
        let mut finished = BTreeSet::new();
        for annotation in task.annotations.readable() {
            let day = annotation.created_at.to_zoned(TimeZone::UTC).date();
            let Some(who) = worker(annotation) else {
                continue;
            };
            if day < self.window.from || day > self.window.to {
                continue;
            }
            self.look_for_odd(annotation, &within);
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
            let written_by = annotation.updated_by.as_ref().map(|by| by.0);
            total.disputed += u64::from(written_by.is_some_and(|by| by != who));
        }
    }

    /// Names what could not be read of an annotation that counts.
    fn look_for_odd(&mut self, annotation: &Annotation, within: &str) {
        let id = annotation.id.as_deref().unwrap_or("without an id");
        let name = plain(&format!("annotation {id} {within}"), &[]);
        let regions = annotation.result.unreadable();
        self.unreadable
            .extend(regions.within(&format!("of {name}")));
        if matches!(annotation.lead_time, LeadTime::Unreadable) {
            self.unreadable.add(UnreadableElement {
                name,
                reason: "`lead_time` should be a number; the task and its labels count".to_owned(),
            });
        }
    }

    /// What was counted. A day has no more seconds than a day.
    pub(super) fn totals(self) -> Listing<DayTotal> {
        let total = |((who, day), it): ((u64, Date), Day)| DayTotal {
            worker: Worker::Member(MemberId::new(who.to_string())),
            work_date: day,
            total_seconds: it.time.map(|time| time.min(DAY) / 1000),
            tasks_completed: Some(it.tasks),
            labels_completed: Some(it.labels),
            disputed: it.disputed,
            in_part: false,
        };
        let days = self.days.into_iter().map(total).collect();
        Listing::new(days, self.unreadable)
    }

    /// The browser's word, within bounds: nobody works for less than nothing.
    fn time(&self, annotation: &Annotation) -> Option<i64> {
        let LeadTime::Seconds(seconds) = annotation.lead_time else {
            return None;
        };
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
    let who = annotation.completed_by.as_ref().map(|by| by.0);
    who.filter(|_| !annotation.ground_truth)
}

fn labels(result: &Listing<Region>) -> i64 {
    let ids: BTreeSet<_> = result
        .readable()
        .iter()
        .filter_map(|region| region.id.as_ref())
        .collect();
    i64::try_from(ids.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
