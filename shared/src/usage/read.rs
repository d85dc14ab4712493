//! Asks the tool for totals.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;

use super::gate::Gate;
use super::people::Person;
use super::report::Skip;
use super::timesheet::{ProjectDays, Rows};
use crate::http::{Listing, UnreadableElements};
use crate::ids::ProjectId;
use crate::ledger::Measures;
use crate::tool::{AnnotationTool, DayTotal, TimeSource, ToolError, Window, Worker};

/// What the tool says of one project.
pub(super) enum Reading {
    /// Everybody's days.
    Totals(Totals),
    /// There is nothing to be had, and that is as it should be.
    Nothing(Skip),
    /// It could not be read: why.
    Failed(String),
}

/// Everybody's days on one project, by the name that the tool knows them under.
#[derive(Default)]
pub(super) struct Totals {
    pub(super) rows: HashMap<Worker, Rows>,
    /// How many pieces of a day's work somebody else has written to, where any were.
    disputed: HashMap<Worker, BTreeMap<Date, u64>>,
    /// Rows that could not be read: with any of them, a day that is not here may be one of these.
    pub(super) unreadable: UnreadableElements,
}

impl Reading {
    /// One person's days.
    pub(super) fn rows(&self, person: &Person) -> &[(Date, Measures)] {
        let Self::Totals(totals) = self else {
            return &[];
        };
        let mut rows = person.workers().filter_map(|it| totals.rows.get(&it));
        rows.next().map_or(&[], Vec::as_slice)
    }

    /// One person's days, and whether these are all.
    pub(super) fn days(&self, person: &Person) -> ProjectDays<'_> {
        let complete = match self {
            Self::Totals(totals) => totals.unreadable.is_empty(),
            Self::Nothing(_) | Self::Failed(_) => true,
        };
        ProjectDays {
            rows: self.rows(person),
            complete,
        }
    }

    /// The days on which somebody else has written to the person's work, and to how many pieces of it.
    pub(super) fn disputed(&self, person: &Person) -> Vec<(Date, u64)> {
        let Self::Totals(totals) = self else {
            return Vec::new();
        };
        let days = person.workers().filter_map(|it| totals.disputed.get(&it));
        days.flatten()
            .map(|(day, pieces)| (*day, *pieces))
            .collect()
    }
}

/// Reads a project's totals. `managed`: OpenTrain lets the project's people in itself, perhaps into
/// another tool than this one. `dry`: nothing may be kept of it.
pub(super) async fn read(
    tool: &dyn AnnotationTool,
    project: &ProjectId,
    window: Window,
    (managed, dry): (bool, bool),
    gate: &Gate,
) -> Reading {
    if let Some(reason) = gate.shut() {
        return Reading::Failed(reason.to_owned());
    }
    let answer = match dry {
        true => tool.preview(project, window).await,
        false => tool.totals(project, window).await,
    };
    match &answer {
        Err(error @ ToolError::Transient { .. }) => gate.failed(&error.to_string()),
        Err(error @ ToolError::Operator { .. }) => gate.close(&error.to_string()),
        Ok(_) | Err(ToolError::Wrong { .. }) => gate.answered(),
    }
    match answer {
        Ok(Some(totals)) => match tool.capabilities().await {
            Ok(can) => Reading::Totals(by_person(totals, can.time)),
            Err(error) => Reading::Failed(error.to_string()),
        },
        Ok(None) => Reading::Nothing(Skip::NoTotals),
        Err(ToolError::Wrong { .. }) if managed => Reading::Nothing(Skip::NotInThisTool),
        Err(error) => Reading::Failed(error.to_string()),
    }
}

/// A tool without a source of time reports none, whatever its totals hold.
fn by_person(days: Listing<DayTotal>, time: TimeSource) -> Totals {
    let (days, unreadable) = days.into_parts();
    let mut totals = Totals {
        unreadable,
        ..Totals::default()
    };
    for day in days {
        let measures = Measures {
            seconds: day.total_seconds.filter(|_| time != TimeSource::None),
            tasks: day.tasks_completed,
            labels: day.labels_completed,
        };
        if day.disputed > 0 {
            let disputed = totals.disputed.entry(day.worker.clone()).or_default();
            *disputed.entry(day.work_date).or_default() += day.disputed;
        }
        let rows = totals.rows.entry(day.worker).or_default();
        rows.push((day.work_date, measures));
    }
    totals
}
