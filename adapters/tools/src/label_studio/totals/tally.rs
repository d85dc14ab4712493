//! Counts annotations as totals. Pure.
//!
//! Only a person's own work counts. An annotation from the editor or from the person's own API call has an
//! `updated_by`. Imports, restored projects and annotations made from predictions have none.

mod written;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

pub(super) use self::written::Written;
use self::written::is_foreign;
use super::page::{Annotation, LeadTime, Region, Task, WrittenBy};
use shared::model::ids::MemberId;
use shared::model::json::{Listing, UnreadableElement, UnreadableElements};
use shared::model::plain;
use shared::tool::{Apart, DayTotal, Gaps, NotOwn, Piece, Window, Worker};

/// Milliseconds of a UTC day.
const DAY: i64 = 86_400_000;

/// Adds up annotations by person and day.
pub(super) struct Tally<'a> {
    window: Window,
    gaps: &'a Gaps,
    /// Maximum time of one annotation that counts, in milliseconds.
    most: i64,
    days: BTreeMap<(u64, Date), Day>,
    apart: BTreeMap<(u64, Date, NotOwn), Left>,
    written: Written,
    /// The counted annotations, so that an annotation that is moved to another task meanwhile counts once.
    counted: HashSet<u64>,
    unreadable: UnreadableElements,
    /// Whether an unreadable part may belong to any person and day.
    is_unclear: bool,
    /// The counted tasks, because two queries or two pages may return the same task.
    tasks: BTreeSet<u64>,
}

/// One person's work on one day.
#[derive(Default)]
struct Day {
    /// Whole milliseconds, so that the sum does not depend on the order; `None` if no annotation has a time.
    time: Option<i64>,
    tasks: i64,
    labels: i64,
    disputed: u64,
    in_part: bool,
}

/// Work that is not reported.
#[derive(Default)]
struct Left {
    pieces: u64,
    milliseconds: i64,
}

/// The counted work.
pub(super) struct Counted {
    pub(super) days: Listing<DayTotal>,
    pub(super) apart: Vec<Apart>,
    /// The pieces of work to store, in their authors' last versions.
    pub(super) written: Written,
}

/// The counted work of one task, by person.
#[derive(Default)]
struct Seen {
    finished: BTreeSet<(u64, Date)>,
    /// Regions by person. "Duplicate annotation" keeps their ids, so each counts once per person.
    regions: BTreeSet<(u64, String)>,
}

impl<'a> Tally<'a> {
    /// `written` are the stored pieces of work.
    pub(super) fn new(window: Window, gaps: &'a Gaps, max_seconds: u32, written: Written) -> Self {
        Self {
            window,
            gaps,
            most: i64::from(max_seconds) * 1000,
            days: BTreeMap::new(),
            apart: BTreeMap::new(),
            written,
            counted: HashSet::new(),
            unreadable: UnreadableElements::default(),
            is_unclear: false,
            tasks: BTreeSet::new(),
        }
    }

    /// Records tasks that could not be read.
    pub(super) fn leave_out(&mut self, tasks: UnreadableElements) {
        self.is_unclear |= !tasks.is_empty();
        self.unreadable.extend(tasks);
    }

    /// Counts the annotations of one task.
    pub(super) fn add(&mut self, task: &Task) {
        if !self.tasks.insert(task.id) {
            return;
        }
        let within = format!("of task {}", task.id);
        let unreadable = task.annotations.unreadable();
        self.is_unclear |= !unreadable.is_empty();
        self.unreadable.extend(unreadable.within(&within));
        let mut annotations: Vec<_> = task.annotations.readable().iter().collect();
        annotations.sort_by_key(|annotation| annotation.created_at);
        let mut seen = Seen::default();
        for annotation in annotations {
            let day = annotation.created_at.to_zoned(TimeZone::UTC).date();
            let who = worker(annotation).filter(|_| self.window.holds(day));
            if let Some(who) = who.filter(|_| self.is_new(annotation)) {
                self.add_own(annotation, (who, day), &within, &mut seen);
            }
        }
    }

    fn is_new(&mut self, annotation: &Annotation) -> bool {
        let id = annotation.id.as_ref().and_then(|id| id.parse().ok());
        id.is_none_or(|id| self.counted.insert(id))
    }

    fn add_own(&mut self, annotation: &Annotation, of: (u64, Date), within: &str, seen: &mut Seen) {
        let time = self.time(annotation);
        if let Some(why) = self.not_own(annotation, of) {
            if why != NotOwn::WithoutContract {
                self.written.leave_out(annotation, of, why);
            }
            let left = self.apart.entry((of.0, of.1, why)).or_default();
            left.pieces += 1;
            left.milliseconds += time.unwrap_or_default();
            return;
        }
        let in_part = self.look_for_odd(annotation, within);
        let is_skipped = annotation.was_cancelled;
        let labels = match is_skipped {
            true => 0,
            false => labels(&annotation.result, of.0, seen),
        };
        let piece = Piece {
            milliseconds: time,
            labels,
            not_own: None,
        };
        let is_reviewed = is_by_another(annotation, of.0);
        let piece = self.written.keep(annotation, of, is_reviewed, piece);
        let total = self.days.entry(of).or_default();
        if let Some(time) = piece.milliseconds {
            *total.time.get_or_insert(0) += time;
        }
        total.labels += piece.labels;
        // A skip takes time, but finishes no task.
        total.tasks += i64::from(!is_skipped && seen.finished.insert(of));
        total.disputed += u64::from(is_reviewed);
        total.in_part |= in_part;
    }

    /// Reason why an annotation in a person's name is not that person's work; `None` if it is.
    fn not_own(&self, annotation: &Annotation, of: (u64, Date)) -> Option<NotOwn> {
        let worker = Worker::Member(MemberId::new(of.0.to_string()));
        match annotation.updated_by {
            _ if self.gaps.hold(&worker, annotation.created_at) => Some(NotOwn::WithoutContract),
            WrittenBy::None if annotation.parent_prediction.is_some() => Some(NotOwn::Predicted),
            WrittenBy::None => Some(NotOwn::Imported),
            WrittenBy::Account(by) if by == of.0 => None,
            WrittenBy::Untold => self.written.known(annotation, of)?.not_own,
            WrittenBy::Account(_) => match self.written.known(annotation, of) {
                Some(known) => known.not_own,
                // It may be an import that was not stored.
                None if self.written.is_full(of) => Some(NotOwn::ByAnother),
                None => is_foreign(annotation).then_some(NotOwn::ByAnother),
            },
        }
    }

    /// Records the unreadable parts of an annotation that counts. Returns whether there are any.
    fn look_for_odd(&mut self, annotation: &Annotation, within: &str) -> bool {
        let id = annotation.id.as_deref().unwrap_or("without an id");
        let name = plain(&format!("annotation {id} {within}"), &[]);
        let regions = annotation.result.unreadable();
        let is_odd = !regions.is_empty() || matches!(annotation.lead_time, LeadTime::Unreadable);
        self.unreadable
            .extend(regions.within(&format!("of {name}")));
        if matches!(annotation.lead_time, LeadTime::Unreadable) {
            self.unreadable.add(UnreadableElement::of(
                name,
                "`lead_time` should be a number; the task and its labels count",
            ));
        }
        is_odd
    }

    /// The counted work, with at most 86,400 seconds a day.
    pub(super) fn counted(self) -> Counted {
        let worker = |who: u64| Worker::Member(MemberId::new(who.to_string()));
        let total = |((who, day), it): ((u64, Date), Day)| DayTotal {
            worker: worker(who),
            work_date: day,
            total_seconds: it.time.map(|time| time.min(DAY) / 1000),
            tasks_completed: Some(it.tasks),
            labels_completed: Some(it.labels),
            disputed: it.disputed,
            in_part: it.in_part || self.is_unclear,
        };
        let apart = |((who, day, why), left): ((u64, Date, NotOwn), Left)| Apart {
            worker: worker(who),
            work_date: day,
            why,
            pieces: left.pieces,
            seconds: left.milliseconds / 1000,
        };
        let days = self.days.into_iter().map(total).collect();
        Counted {
            days: Listing::new(days, self.unreadable),
            apart: self.apart.into_iter().map(apart).collect(),
            written: self.written,
        }
    }

    /// The browser's time, from zero to the maximum.
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

/// The worker; `None` if it is a reference answer, or its author's account is gone.
fn worker(annotation: &Annotation) -> Option<u64> {
    let who = annotation.completed_by.as_ref().map(|by| by.0);
    who.filter(|_| !annotation.ground_truth)
}

/// Whether another account has changed it last.
fn is_by_another(annotation: &Annotation, who: u64) -> bool {
    matches!(annotation.updated_by, WrittenBy::Account(by) if by != who)
}

/// Number of labels that are not counted yet for the person in this task.
fn labels(result: &Listing<Region>, who: u64, seen: &mut Seen) -> i64 {
    let ids = result.readable().iter().filter_map(|it| it.id.clone());
    let new = ids.filter(|id| seen.regions.insert((who, id.clone())));
    i64::try_from(new.count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
