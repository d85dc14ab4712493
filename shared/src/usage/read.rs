//! Asks the tool for totals.

use std::collections::HashMap;

use super::gate::Gate;
use super::report::Skip;
use super::timesheet::Rows;
use crate::ids::{ProjectId, TrainerId};
use crate::ledger::Measures;
use crate::tool::{AnnotationTool, DayTotal, TimeSource, ToolError, Window};

/// What the tool says of one project.
pub(super) enum Reading {
    /// Everybody's days.
    Totals(HashMap<TrainerId, Rows>),
    /// There is nothing to be had, and that is as it should be.
    Nothing(Skip),
    /// It could not be read: why.
    Failed(String),
}

impl Reading {
    /// One person's days.
    pub(super) fn rows(&self, person: &TrainerId) -> &[(jiff::civil::Date, Measures)] {
        match self {
            Self::Totals(people) => people.get(person).map_or(&[], Vec::as_slice),
            Self::Nothing(_) | Self::Failed(_) => &[],
        }
    }
}

/// Reads a project's totals. `managed`: OpenTrain lets the project's people in itself, perhaps into
/// another tool than this one.
pub(super) async fn read(
    tool: &dyn AnnotationTool,
    project: &ProjectId,
    window: Window,
    managed: bool,
    gate: &Gate,
) -> Reading {
    if let Some(reason) = gate.shut() {
        return Reading::Failed(reason.to_owned());
    }
    let answer = tool.totals(project, window).await;
    match &answer {
        Err(error @ ToolError::Transient { .. }) => gate.failed(&error.to_string()),
        Err(error @ ToolError::Operator { .. }) => gate.close(&error.to_string()),
        Ok(_) | Err(ToolError::Wrong { .. }) => gate.answered(),
    }
    match answer {
        Ok(Some(totals)) => Reading::Totals(by_person(totals, tool.capabilities().time)),
        Ok(None) => Reading::Nothing(Skip::NoTotals),
        Err(ToolError::Wrong { .. }) if managed => Reading::Nothing(Skip::NotInThisTool),
        Err(error) => Reading::Failed(error.to_string()),
    }
}

/// A tool without a source of time reports none, whatever its totals hold.
fn by_person(totals: Vec<DayTotal>, time: TimeSource) -> HashMap<TrainerId, Rows> {
    let mut people: HashMap<TrainerId, Rows> = HashMap::new();
    for total in totals {
        let measures = Measures {
            seconds: total.total_seconds.filter(|_| time != TimeSource::None),
            tasks: total.tasks_completed,
            labels: total.labels_completed,
        };
        people
            .entry(total.trainer_id)
            .or_default()
            .push((total.work_date, measures));
    }
    people
}
