//! Output of a rehearsal.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;

use super::step::Step;
use crate::paint::{BAD, BOLD, DIM, GOOD, paint};
use crate::screen::plain;

/// One step with its result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Played {
    step: Step,
    claim: &'static str,
    is_proven: bool,
    /// What was seen, or why it is not proven.
    evidence: String,
    seconds: f64,
}

/// The steps that were played, each printed at once unless the output is JSON.
pub(super) struct Report {
    json: bool,
    played: Vec<Played>,
}

impl Report {
    pub(super) fn new(json: bool, project: &str, opentrain: &str) -> Self {
        if !json {
            let title = format!("Rehearsal of a hire: {opentrain}, project {project}");
            anstream::println!("{}", paint(BOLD, &title));
            let promise = "Nothing is spent without a human's confirmation on OpenTrain's page.";
            anstream::println!("{}", paint(DIM, promise));
        }
        let played = Vec::new();
        Self { json, played }
    }

    pub(super) fn add(&mut self, step: Step, began: Instant, result: &Result<String, String>) {
        let is_proven = result.is_ok();
        let evidence = result.as_ref().unwrap_or_else(|why| why).clone();
        let took = began.elapsed();
        if !self.json {
            let mark = match is_proven {
                true => paint(GOOD, "✓"),
                false => paint(BAD, "✗"),
            };
            anstream::println!(
                "{mark} {:<40} {}  {}",
                step.claim(),
                plain(&evidence),
                paint(DIM, &seconds(took))
            );
        }
        self.played.push(Played {
            step,
            claim: step.claim(),
            is_proven,
            evidence,
            seconds: took.as_secs_f64(),
        });
    }

    /// Tells what a human has to do. It is no result, so it goes to standard error.
    pub(super) fn ask(&self, what: &str) {
        anstream::eprintln!("  → {}", plain(what));
    }

    pub(super) fn close(&self) {
        if self.json {
            anstream::println!("{}", json!({"steps": self.played}));
        } else if self.played.iter().all(|own| own.is_proven) {
            let count = self.played.len();
            anstream::println!("{}", paint(GOOD, &format!("All {count} steps are proven.")));
        }
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
