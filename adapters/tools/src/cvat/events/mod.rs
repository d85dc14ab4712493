//! Active time, tasks and labels, from CVAT's event log.
//!
//! CVAT exports the log as one CSV file. The bridge requests the export, waits for it, and reads it as it arrives.
//! Neither the file nor one of its lines is ever in memory as a whole.

mod csv;
mod export;
mod tally;

use jiff::ToSpan;
use jiff::civil::Date;

use self::export::Record;
use super::Cvat;
use shared::model::ids::ProjectId;
use shared::model::json::Listing;
use shared::tool::{Ask, ToolError, Totals};
use tally::Tally;

impl Cvat {
    /// Whole-day totals of all people who worked in the project.
    pub(super) async fn read_totals(
        &self,
        project: &ProjectId,
        ask: &Ask,
    ) -> Result<Totals, ToolError> {
        let read_at = self.clock.now();
        let (from, to) = (midnight(ask.window.from), end(ask.window.to));
        let mut tally = Tally::new(ask.window, &ask.gaps);
        let add = |record: &Record<'_>| tally.add(record);
        let unreadable = self
            .export(project, (&from, &to), ask.most_bytes, add)
            .await?;
        let (days, apart) = tally.totals();
        let spans = tally.spans();
        Ok(Totals {
            apart,
            spans,
            ..Totals::of(read_at, Listing::new(days, unreadable))
        })
    }
}

fn midnight(day: Date) -> String {
    format!("{day}T00:00:00Z")
}

/// The end of a day. The log's filter includes this moment.
fn end(day: Date) -> String {
    midnight(day.checked_add(1.day()).unwrap_or(Date::MAX))
}
