//! Active time, tasks and labels, from CVAT's event log.
//!
//! The log is exported as one CSV file: asked for, waited for, then read as it comes. Neither the file nor
//! one of its lines is ever held whole.

mod csv;
mod export;
mod tally;

use jiff::ToSpan;
use jiff::civil::Date;

use super::Cvat;
use crate::http::Listing;
use crate::ids::ProjectId;
use crate::tool::{DayTotal, ToolError, Window};
use tally::Tally;

impl Cvat {
    /// Whole-day totals of everybody who worked in the project.
    pub(super) async fn read_totals(
        &self,
        project: &ProjectId,
        window: Window,
    ) -> Result<Listing<DayTotal>, ToolError> {
        let mut tally = Tally::new(window);
        let unreadable = self
            .export(project, &midnight(window.from), &end(window.to), |record| {
                tally.add(record)
            })
            .await?;
        Ok(Listing::new(tally.totals(), unreadable))
    }
}

fn midnight(day: Date) -> String {
    format!("{day}T00:00:00Z")
}

/// The end of a day; the log's filter takes the moment itself in.
fn end(day: Date) -> String {
    midnight(day.checked_add(1.day()).unwrap_or(Date::MAX))
}
