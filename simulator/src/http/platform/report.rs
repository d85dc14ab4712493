//! Body of a report of usage.

use jiff::Timestamp;
use serde_json::json;

use crate::{
    kit::{
        clock::{day, parse_day},
        refusal::Refusal,
        schema::{Checked, Kind, MOST_WHOLE, Member, optional, required},
    },
    model::usage::{Entry, Row},
};

const MOST_ENTRIES: usize = 100;
const DAY_SECONDS: u64 = 86_400;
const TOTAL: Kind = Kind::Whole {
    least: 0,
    most: MOST_WHOLE,
};
const ID: Kind = Kind::MaybeEmpty { most: 200 };
const ENTRY: [Member; 6] = [
    required("workDate", Kind::Day),
    optional(
        "totalSeconds",
        Kind::Whole {
            least: 0,
            most: DAY_SECONDS,
        },
    ),
    optional("tasksCompleted", TOTAL),
    optional("labelsCompleted", TOTAL),
    optional("workerOpentrainUserId", ID),
    optional("externalReportId", ID),
];
pub(crate) const REPORT: [Member; 1] = [required(
    "entries",
    Kind::Objects {
        members: &ENTRY,
        most: MOST_ENTRIES,
    },
)];

/// Reads a whole report in a valid format. One invalid entry refuses all of it.
pub(crate) fn read(body: &Checked, now: Timestamp) -> Result<Vec<Entry>, Refusal> {
    let today = day(now);
    let entries = body.objects("entries").into_iter().enumerate();
    let read = |(at, entry): (usize, Checked)| {
        let day = parse_day(entry.get("workDate")).filter(|day| *day <= today);
        let day = day.ok_or_else(|| {
            let place = json!({"entry": at});
            Refusal::bad("workDate is in the future").with_details(place)
        })?;
        let row = Row {
            seconds: entry.whole("totalSeconds"),
            tasks: entry.whole("tasksCompleted"),
            labels: entry.whole("labelsCompleted"),
        };
        let worker = entry.text("workerOpentrainUserId").map(str::to_owned);
        Ok(Entry { worker, day, row })
    };
    entries.map(read).collect()
}
