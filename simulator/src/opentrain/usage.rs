//! Usage: cumulative totals per worker and day.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use serde_json::json;

use super::{Misuse, budget::Budget, contract::Contract, world::World};
use crate::kit::{
    clock::{day, parse_day},
    refusal::Refusal,
    schema::{Checked, Kind, MOST_WHOLE, Member, optional, required},
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

/// Stored usage of one worker on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageRow {
    /// The worker's OpenTrain id.
    pub worker: String,
    /// The UTC day.
    pub day: Date,
    /// Seconds worked, if they were ever reported.
    pub seconds: Option<u64>,
    /// Tasks completed.
    pub tasks: Option<u64>,
    /// Labels completed.
    pub labels: Option<u64>,
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Row {
    pub(crate) seconds: Option<u64>,
    pub(crate) tasks: Option<u64>,
    pub(crate) labels: Option<u64>,
}

impl Row {
    /// A total replaces the stored one; an omitted field keeps it.
    fn replace(&mut self, new: Self) {
        self.seconds = new.seconds.or(self.seconds);
        self.tasks = new.tasks.or(self.tasks);
        self.labels = new.labels.or(self.labels);
    }
}

/// A row with its worker and day.
type Keyed = ((String, Date), Row);

/// One entry of a report in a valid format.
pub(crate) struct Entry {
    worker: Option<String>,
    day: Date,
    row: Row,
}

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

pub(crate) fn rows(contract: &Contract) -> Vec<UsageRow> {
    let row = |((worker, day), row): (&(String, Date), &Row)| UsageRow {
        worker: worker.clone(),
        day: *day,
        seconds: row.seconds,
        tasks: row.tasks,
        labels: row.labels,
    };
    contract.usage.iter().map(row).collect()
}

impl World {
    /// Stores a report on a contract that the caller may see.
    pub(crate) fn report(
        &mut self,
        id: &str,
        entries: Vec<Entry>,
        now: Timestamp,
    ) -> Result<Budget, Refusal> {
        let contract = self.contract(id)?;
        let before = self.budget(contract).state;
        let hired = contract.trainer_id.clone();
        let hired = hired.ok_or_else(|| Refusal::conflict("the contract has no hired trainer"))?;
        let entries = keyed(entries, &hired)?;
        let contract = self.contracts.get_mut(id);
        let contract = contract.ok_or(Misuse::Unknown("contract"))?;
        for (key, row) in entries {
            contract.usage.entry(key).or_default().replace(row);
        }
        contract.last_usage = Some(now);
        self.tell_of_crossings(id, before, now)?;
        self.announce_budget(id, before, now)?;
        Ok(self.budget(self.contract(id)?))
    }
}

/// The entries by worker and day, each once.
fn keyed(entries: Vec<Entry>, hired: &str) -> Result<Vec<Keyed>, Refusal> {
    let mut seen = BTreeSet::new();
    let mut keyed = Vec::with_capacity(entries.len());
    for (at, entry) in entries.into_iter().enumerate() {
        let worker = entry.worker.unwrap_or_else(|| hired.to_owned());
        let place = json!({"entry": at});
        if worker != hired {
            return Err(Refusal::bad("the worker is not a participant").with_details(place));
        }
        if !seen.insert((worker.clone(), entry.day)) {
            return Err(Refusal::bad("two entries for one worker and day").with_details(place));
        }
        keyed.push(((worker, entry.day), entry.row));
    }
    Ok(keyed)
}
