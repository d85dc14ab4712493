//! Readings of a project's work in the tool.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;

use super::people::Person;
use super::report::{Odd, Skip};
use crate::ledger::{Measures, ProjectUsage};
use crate::model::ids::ProjectId;
use crate::model::json::UnreadableElements;
use crate::tool::{Apart, Doubt, Spans, TimeSource, Totals, Window, Worker};

/// Readings, by project.
pub(super) type Readings = BTreeMap<ProjectId, Vec<Reading>>;

/// Totals of some days of a project.
pub(super) struct Reading {
    pub(super) window: Window,
    pub(super) found: Found,
}

/// Result of a request for totals.
pub(super) enum Found {
    Totals(Box<Days>),
    /// There are no totals, which is not a fault.
    Nothing(Skip),
    /// The tool has no such project.
    Gone(String),
    /// The tool has no such project, and all links of the project were removed: its work can no longer be read.
    Unlinked {
        /// Whether the tool has ever kept totals of it.
        had_totals: bool,
    },
    /// The tool refuses the request, so a later reading fails as well.
    Refused(String),
    /// The reading failed; a later one may succeed.
    Failed(String),
}

/// Days of a project, by the tool's id of a person.
pub(super) struct Days {
    pub(super) read_at: Timestamp,
    /// Source of the seconds.
    pub(super) time: TimeSource,
    pub(super) rows: HashMap<Worker, BTreeMap<Date, Row>>,
    /// Rows that could not be read. If there are any, a missing day may be among them.
    pub(super) unreadable: UnreadableElements,
    /// People and days that those rows may belong to; `None` if they may belong to any.
    doubts: Option<Vec<Doubt>>,
    pub(super) spans: HashMap<(Worker, Date), Spans>,
    pub(super) apart: Vec<Apart>,
    pub(super) frozen: Option<String>,
}

/// One person's work on one day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) measures: Measures,
    /// Whether the total may be too low.
    pub(super) in_part: bool,
    /// Number of pieces that another account has changed.
    pub(super) disputed: u64,
}

/// Reading of one person's day on one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Row(Row),
    /// No work, by a complete reading that was taken at this moment.
    Absent(Timestamp),
    /// No work in the rows that could be read. The unreadable rows belong to other people or days.
    AbsentInPart,
    /// The tool keeps no totals, or they are in another tool.
    Nothing,
    /// Never: the tool has no such project, and its links were removed.
    Unlinked {
        /// Whether the tool has ever kept totals of it.
        had_totals: bool,
    },
    /// Not known: the reading is not complete.
    Unclear,
    /// Not known: the project could not be read.
    Unread,
}

impl Reading {
    /// The reading of a project that is gone from the tool, and has no link.
    pub(super) fn gone(window: Window, usage: &ProjectUsage) -> Self {
        let had_totals = usage.has_totals == Some(true);
        let found = Found::Unlinked { had_totals };
        Self { window, found }
    }

    /// The reading of a person's day.
    pub(super) fn seen(&self, person: &Person, day: Date) -> Seen {
        let days = match &self.found {
            Found::Totals(days) => days,
            Found::Nothing(_) => return Seen::Nothing,
            Found::Unlinked { had_totals } => {
                return Seen::Unlinked {
                    had_totals: *had_totals,
                };
            }
            Found::Gone(_) | Found::Refused(_) => return Seen::Unclear,
            Found::Failed(_) => return Seen::Unread,
        };
        match days.row(person, day) {
            Some(row) => Seen::Row(row),
            None if days.unreadable.is_empty() => Seen::Absent(days.read_at),
            None if days.may_hide(person, day) => Seen::Unclear,
            None => Seen::AbsentInPart,
        }
    }

    /// The days that were read.
    pub(super) fn days(&self) -> Option<&Days> {
        match &self.found {
            Found::Totals(days) => Some(days),
            _ => None,
        }
    }
}

/// The reading of a project's day.
fn reading<'a>(readings: &'a Readings, project: &ProjectId, day: Date) -> Option<&'a Reading> {
    let mut readings = readings.get(project).into_iter().flatten();
    readings.find(|it| it.window.holds(day))
}

/// The reading of a person's day on a project.
pub(super) fn seen(readings: &Readings, person: &Person, project: &ProjectId, day: Date) -> Seen {
    reading(readings, project, day).map_or(Seen::Unread, |it| it.seen(person, day))
}

/// Periods in which a person was active on a project's day, by account; none if the tool does not report them.
pub(super) fn spans<'a>(
    readings: &'a Readings,
    person: &'a Person,
    project: &ProjectId,
    day: Date,
) -> impl Iterator<Item = &'a Spans> {
    let days = reading(readings, project, day).and_then(Reading::days);
    days.into_iter().flat_map(move |days| {
        let workers = person.workers.iter().filter(|_| !days.spans.is_empty());
        workers.filter_map(move |it| days.spans.get(&(it.clone(), day)))
    })
}

/// Times of the readings of the projects that could be read.
pub(super) fn read_times(readings: &Readings) -> BTreeMap<ProjectId, Timestamp> {
    let time = |(project, readings): (&ProjectId, &Vec<Reading>)| {
        let times: Option<Vec<_>> = readings.iter().map(|it| Some(it.days()?.read_at)).collect();
        Some((project.clone(), times?.into_iter().min()?))
    };
    readings.iter().filter_map(time).collect()
}

impl Days {
    /// Totals by person. Seconds are dropped if the tool has no source of time.
    pub(super) fn of(totals: Totals, time: TimeSource) -> Self {
        let (days, unreadable) = totals.days.into_parts();
        let mut rows: HashMap<Worker, BTreeMap<Date, Row>> = HashMap::new();
        for day in days {
            let measures = Measures {
                seconds: day.total_seconds.filter(|_| time != TimeSource::None),
                tasks: day.tasks_completed,
                labels: day.labels_completed,
            };
            let row = Row {
                measures,
                in_part: day.in_part,
                disputed: day.disputed,
            };
            let of = rows.entry(day.worker).or_default();
            of.entry(day.work_date).or_default().add(row);
        }
        Self {
            read_at: totals.read_at,
            time,
            rows,
            unreadable,
            doubts: totals.doubts,
            spans: totals.spans,
            apart: totals.apart,
            frozen: totals.frozen,
        }
    }

    /// Whether a row that could not be read may be of a person's day.
    fn may_hide(&self, person: &Person, day: Date) -> bool {
        let is_theirs = |doubt: &Doubt| {
            let worker = doubt.worker.as_ref();
            let is_worker = worker.is_none_or(|worker| person.workers.contains(worker));
            is_worker && doubt.day.is_none_or(|it| it == day)
        };
        let doubts = self.doubts.as_ref();
        doubts.is_none_or(|doubts| doubts.iter().any(is_theirs))
    }

    /// One person's day, over all of their accounts.
    fn row(&self, person: &Person, day: Date) -> Option<Row> {
        let workers = person.workers.iter();
        let rows = workers.filter_map(|it| self.rows.get(it)?.get(&day).copied());
        rows.reduce(|mut all, row| {
            all.add(row);
            all
        })
    }

    /// One person's days, over all of their accounts.
    pub(super) fn rows(&self, person: &Person) -> BTreeMap<Date, Row> {
        let mut all: BTreeMap<Date, Row> = BTreeMap::new();
        for rows in person.workers.iter().filter_map(|it| self.rows.get(it)) {
            for (day, row) in rows {
                all.entry(*day).or_default().add(*row);
            }
        }
        all
    }
}

impl Row {
    fn add(&mut self, row: Self) {
        self.measures = self.measures.plus(row.measures);
        self.in_part |= row.in_part;
        self.disputed += row.disputed;
    }
}

/// Reason why a day that was not requested is omitted.
pub(super) fn odd_day(today: Date, day: Date) -> Odd {
    match day > today {
        true => Odd::Future,
        false => Odd::OutsideWindow,
    }
}
