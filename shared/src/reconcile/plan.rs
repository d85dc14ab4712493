//! The hash of a dry run's prediction. A run can be bound to it ([`Wish::plan`](super::Wish::plan)).

use serde::Serialize;

use super::findings::Drift;
use super::outcome::Outcome;
use crate::ledger::audit::sha256;

impl Outcome {
    /// Hash of the differences, the changes of access and the holds, without their times. Two dry runs have the same
    /// hash if they predict the same.
    pub fn plan(&self) -> String {
        let drift = self.drift.iter().map(|it| {
            text(&Drift {
                repaired: false,
                ..it.clone()
            })
        });
        let access = self.access.iter().map(text);
        let held = self.held.iter();
        let held = held.map(|it| text(&(&it.connection, it.losing, &it.trainers, it.live)));
        let mut lines: Vec<_> = drift.chain(access).chain(held).collect();
        lines.sort_unstable();
        sha256(&lines.join("\n"))
    }
}

/// These types can always be written as JSON.
fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| error.to_string())
}
