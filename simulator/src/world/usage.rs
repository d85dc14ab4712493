//! Reports of usage: cumulative totals per worker and day.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use serde_json::json;

use super::World;
use crate::{
    kit::refusal::Refusal,
    model::{
        budget::Budget,
        misuse::Misuse,
        usage::{Entry, Row},
    },
};

/// A row with its worker and day.
type Keyed = ((String, Date), Row);

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
