//! Usage: cumulative totals per worker and day.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Misuse, budget::Budget, contract::Contract, world::World};
use crate::{
    clock::{day, parse_day},
    fields::Fields,
    refusal::Refusal,
};

const MOST_ENTRIES: usize = 100;
const DAY_SECONDS: u64 = 86_400;
const KNOWN: [&str; 6] = [
    "workDate",
    "totalSeconds",
    "tasksCompleted",
    "labelsCompleted",
    "workerOpentrainUserId",
    "externalReportId",
];

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

/// Reads a whole report. One invalid entry refuses all of it.
pub(crate) fn read(body: &Value, now: Timestamp) -> Result<Vec<Entry>, Refusal> {
    let fields = Fields::of(body, &["entries"])?;
    let list = fields.list("entries")?;
    let list = list.ok_or_else(|| Refusal::bad("entries is required"))?;
    if list.is_empty() || list.len() > MOST_ENTRIES {
        return Err(Refusal::bad("entries must hold 1 to 100 entries"));
    }
    let today = day(now);
    let read = |(at, entry)| {
        let place = json!({"entry": at});
        read_entry(entry, today).map_err(|refusal: Refusal| refusal.with_details(place))
    };
    list.iter().enumerate().map(read).collect()
}

fn read_entry(entry: &Value, today: Date) -> Result<Entry, Refusal> {
    let fields = Fields::of(entry, &KNOWN)?;
    let day = fields.text("workDate")?.and_then(parse_day);
    let day = day.ok_or_else(|| Refusal::bad("workDate must be YYYY-MM-DD"))?;
    if day > today {
        return Err(Refusal::bad("workDate is in the future"));
    }
    let row = Row {
        seconds: fields.count("totalSeconds")?,
        tasks: fields.count("tasksCompleted")?,
        labels: fields.count("labelsCompleted")?,
    };
    if row.seconds > Some(DAY_SECONDS) {
        return Err(Refusal::bad("totalSeconds is out of range"));
    }
    fields.text("externalReportId")?;
    let worker = fields.text("workerOpentrainUserId")?.map(str::to_owned);
    Ok(Entry { worker, day, row })
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
