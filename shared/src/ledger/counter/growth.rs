//! Growth of counters between two looks. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::clock::day_of;
use crate::model::ids::MemberId;
use crate::tool::{Count, Counters};

/// Time since which a project is watched, and its state at the last look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Watch {
    /// A person without a row had done no work by then.
    pub(super) since: Timestamp,
    /// The moment of the last look that changed something here.
    pub(super) seen_at: Timestamp,
    /// Number of tasks in the project.
    pub(super) size: i64,
    /// Labels were counted too.
    pub(super) labels: bool,
    /// The types of labels in the project.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) types: BTreeSet<String>,
    /// Time since which looks have had an earlier day than a look before them: one of the clocks is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) behind: Option<Timestamp>,
}

/// One person's counters in one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CounterRow {
    /// The person.
    pub(super) member: MemberId,
    /// The moment of the last look that changed something here.
    pub(super) seen_at: Timestamp,
    pub(super) tasks: Counter,
    /// `None` until labels were counted.
    pub(super) labels: Option<Counter>,
    /// Growth of the counters, by the UTC day of the look.
    pub(super) days: BTreeMap<Date, Count>,
}

/// Number of days with work that are stored: more than any look-back. The limit counts days with work, not calendar
/// days, so that a clock that was ahead does not delete them.
pub(super) const KEPT_DAYS: usize = 40;

/// A counter fell by a deletion if it fell by at least this number and by at least half. People undo less than that.
const MANY: i64 = 5;

/// Whether work was deleted between two looks. A deletion does not reduce a day: the work was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Deleted {
    /// Tasks were deleted.
    pub(super) tasks: bool,
    /// Labels were deleted.
    pub(super) labels: bool,
}

impl Deleted {
    /// Compares the counters of two looks.
    pub(super) fn between<'a>(
        watch: Option<&Watch>,
        tasks: impl Iterator<Item = (&'a MemberId, i64)>,
        labels: impl Iterator<Item = (&'a MemberId, i64)>,
        seen: &Counters,
    ) -> Self {
        let Some(watch) = watch else {
            return Self::default();
        };
        let complete = seen.unreadable.is_empty();
        let tasks = watch.size > seen.size || fell(tasks, &seen.tasks, complete);
        let gone = watch.types.difference(&seen.types).next().is_some();
        let counted = seen.labels.as_ref();
        let labels = counted.is_some_and(|now| gone || fell(labels, now, complete));
        Self {
            tasks,
            labels: tasks || labels,
        }
    }
}

/// Whether counters fell far enough at once to show that work was deleted.
fn fell<'a>(
    before: impl Iterator<Item = (&'a MemberId, i64)>,
    now: &BTreeMap<MemberId, i64>,
    complete: bool,
) -> bool {
    let (mut total, mut lost) = (0, 0);
    for (member, before) in before {
        // In an incomplete look, a missing person may have counters that could not be read.
        let unread = if complete { 0 } else { before };
        let now = now.get(member).copied().unwrap_or(unread);
        if now < before {
            total += before;
            lost += before - now;
        }
    }
    lost >= MANY && lost * 2 >= total
}

/// Value of a counter at the last look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counter {
    pub(super) at: i64,
    /// Work of earlier days that was undone. New work is set off against it first, so that work that is undone and done
    /// again counts once.
    #[serde(default)]
    pub(super) owed: i64,
}

impl Counter {
    pub(super) fn at(at: i64) -> Self {
        Self { at, owed: 0 }
    }

    /// Moves the counter to `now`. Returns the day's new sum, which is never below zero. `sum` is the sum so far.
    pub(super) fn grow(&mut self, now: i64, sum: i64, forgive: bool) -> i64 {
        let growth = now - self.at;
        self.at = now;
        if growth < 0 && forgive {
            return sum;
        }
        let sum = sum + growth - self.owed;
        self.owed = (-sum).max(0);
        sum.max(0)
    }
}

/// Whether a look that was requested later than this one was counted before it. A moment later than `now` was recorded
/// while a clock was ahead, and is ignored.
pub(super) fn is_overtaken(seen_at: Timestamp, seen: &Counters, now: Timestamp) -> bool {
    seen.asked_at < seen_at && seen_at <= now
}

/// Moves counts of days that have not begun to today: a clock was ahead.
fn bring_back(days: &mut BTreeMap<Date, Count>, today: Date) {
    let Some(after) = today.tomorrow().ok() else {
        return;
    };
    for count in days.split_off(&after).into_values() {
        let sum = days.entry(today).or_default();
        sum.tasks += count.tasks;
        sum.fell += count.fell;
        sum.labels = match (sum.labels, count.labels) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
    }
}

/// Start of a counter. Work that was done before the project was watched belongs to no day.
fn start(now: i64, is_watched: bool) -> Counter {
    Counter::at(if is_watched { 0 } else { now })
}

impl CounterRow {
    /// Adds the growth of the counters, which stand at `tasks` and `labels` now, to a day.
    fn add_to(
        &mut self,
        day: Date,
        tasks: i64,
        labels: Option<i64>,
        watches_labels: bool,
        deleted: Deleted,
    ) {
        let mut sums = self.days.get(&day).copied().unwrap_or_default();
        let fell = (self.tasks.at - tasks).max(0);
        sums.fell += if deleted.tasks { 0 } else { fell };
        sums.tasks = self.tasks.grow(tasks, sums.tasks, deleted.tasks);
        if let Some(now) = labels {
            let counter = self
                .labels
                .get_or_insert_with(|| start(now, watches_labels));
            sums.labels = Some(counter.grow(now, sums.labels.unwrap_or_default(), deleted.labels));
        }
        let is_some = sums.tasks != 0 || sums.labels.is_some_and(|it| it != 0);
        if self.days.contains_key(&day) || is_some {
            self.days.insert(day, sums);
        }
        while self.days.len() > KEPT_DAYS {
            self.days.pop_first();
        }
    }
}

/// A person's row after a look; `None` if it does not change.
pub(super) fn counted(
    old: Option<CounterRow>,
    watch: Option<&Watch>,
    member: &MemberId,
    seen: &Counters,
    deleted: Deleted,
    time: Timestamp,
) -> Option<CounterRow> {
    let is_late = |old: &CounterRow| is_overtaken(old.seen_at, seen, time);
    if old.as_ref().is_some_and(is_late) {
        return None;
    }
    let now =
        |counters: &BTreeMap<MemberId, i64>| counters.get(member).copied().unwrap_or_default();
    let (tasks, labels) = (now(&seen.tasks), seen.labels.as_ref().map(now));
    let mut row = old.clone().unwrap_or_else(|| CounterRow {
        member: member.clone(),
        seen_at: seen.asked_at,
        tasks: start(tasks, watch.is_some()),
        labels: None,
        days: BTreeMap::new(),
    });
    let today = day_of(seen.asked_at);
    bring_back(&mut row.days, today);
    let watches_labels = watch.is_some_and(|watch| watch.labels);
    row.add_to(today, tasks, labels, watches_labels, deleted);
    let idle = old.is_none()
        && row.tasks == Counter::default()
        && row.labels.is_none_or(|it| it == Counter::default());
    if idle || old.as_ref() == Some(&row) {
        return None;
    }
    row.seen_at = seen.asked_at;
    Some(row)
}
