//! Output of the demo: each request and the verified result.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::bail;
use simulator::{OpenTrain, Outcome};

use crate::paint::{BAD, BOLD, DIM, GOOD, paint};

/// Numbers the acts and counts the claims.
pub(super) struct Teller {
    act: usize,
    claims: usize,
    /// Number of printed attempts of each delivery.
    told: BTreeMap<String, usize>,
}

impl Teller {
    pub(super) fn new() -> Self {
        Self {
            act: 0,
            claims: 0,
            told: BTreeMap::new(),
        }
    }

    pub(super) fn act(&mut self, title: &str) {
        self.act += 1;
        anstream::println!(
            "\n{} {}",
            paint(BOLD, &format!("{}.", self.act)),
            paint(BOLD, title)
        );
    }

    pub(super) fn sent(&self, what: &str) {
        anstream::println!("   {} {what}", paint(DIM, "sent"));
    }

    /// Prints the deliveries that OpenTrain has attempted since the last call, in the order in which they ended.
    pub(super) fn deliveries(&mut self, opentrain: &OpenTrain) {
        let mut attempts = Vec::new();
        for delivery in opentrain.deliveries() {
            let told = self
                .told
                .insert(delivery.id.clone(), delivery.attempts.len())
                .unwrap_or(0);
            let what = format!(
                "{}, event {}",
                delivery.event_type.as_str(),
                delivery.event_id
            );
            attempts.extend(
                delivery
                    .attempts
                    .into_iter()
                    .skip(told)
                    .map(|it| (it.at, what.clone(), it.outcome)),
            );
        }
        attempts.sort_by_key(|(at, ..)| *at);
        for (_, what, outcome) in attempts {
            let outcome = outcome_text(outcome);
            self.sent(&format!("{what} {} {outcome}", paint(DIM, "→")));
        }
    }

    /// Prints the number of attempts since the last call, and their results.
    pub(super) fn deliveries_in_brief(&mut self, opentrain: &OpenTrain) {
        let mut brief: BTreeMap<String, usize> = BTreeMap::new();
        for delivery in opentrain.deliveries() {
            let told = self
                .told
                .insert(delivery.id.clone(), delivery.attempts.len())
                .unwrap_or(0);
            for attempt in delivery.attempts.iter().skip(told) {
                *brief.entry(outcome_text(attempt.outcome)).or_default() += 1;
            }
        }
        for (outcome, attempts) in brief {
            self.sent(&format!(
                "{attempts} attempts {} {outcome}",
                paint(DIM, "→")
            ));
        }
    }

    /// Prints a verified claim. A claim that is not true ends the demo.
    pub(super) fn claim(&mut self, claim: &str, holds: bool) -> anyhow::Result<()> {
        if !holds {
            anstream::println!("   {} {claim}", paint(BAD, "NOT TRUE"));
            bail!("a claim is not true: {claim}");
        }
        self.claims += 1;
        anstream::println!("   {} {claim}", paint(GOOD, "true"));
        Ok(())
    }

    pub(super) fn close(&self, took: Duration) {
        let all = format!("All {} claims are true", self.claims);
        anstream::println!(
            "\n{}, each verified, in {:.1} s.",
            paint(GOOD, &all),
            took.as_secs_f32()
        );
    }
}

fn outcome_text(outcome: Outcome) -> String {
    match outcome {
        Outcome::Status(status) => status.to_string(),
        other => format!("{other:?}").to_lowercase(),
    }
}
