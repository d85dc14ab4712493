//! The hours that OpenTrain holds.

use std::collections::BTreeMap;

use jiff::civil::Date;
use simulator::OpenTrain;

use crate::books::Books;
use crate::hub::Hub;

/// Seconds that OpenTrain holds, by job, trainer and day.
pub(crate) fn held(opentrain: &OpenTrain) -> BTreeMap<(String, String, Date), i64> {
    let mut held = BTreeMap::new();
    for contract in opentrain.contracts() {
        for row in opentrain.usage(&contract.id).unwrap_or_default() {
            let seconds = i64::try_from(row.seconds.unwrap_or_default()).unwrap_or(i64::MAX);
            *held
                .entry((contract.job_id.clone(), row.worker, row.day))
                .or_default() += seconds;
        }
    }
    held
}

/// OpenTrain never holds more seconds than were worked.
pub(crate) fn never_twice(opentrain: &OpenTrain, books: &Books, hub: &Hub) {
    let entries = books.entries();
    for ((job, trainer, day), seconds) in held(opentrain) {
        let project = entries
            .jobs
            .iter()
            .find(|it| it.id == job)
            .map(|it| it.project.clone());
        let key = (project.unwrap_or_default(), trainer, day);
        let worked = entries.work.get(&key).copied().unwrap_or_default();
        if seconds > worked {
            hub.violation(format!(
                "{} s of {} at {} on {day} are held, and {worked} s were worked",
                seconds, key.1, key.0
            ));
        }
    }
}
