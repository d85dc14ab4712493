//! Output of a rehearsal.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;

use super::step::Step;
use crate::paint::{BAD, BOLD, DIM, GOOD, paint};
use crate::screen::plain;

/// Result of a step.
#[derive(Debug)]
pub(super) enum Seen {
    /// With the evidence.
    Proven(String),
    /// There was nothing to prove, with the reason.
    Skipped(String),
    /// Not proven, with the reason.
    Missing(String),
}

/// One step with its result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Played {
    step: Step,
    claim: &'static str,
    /// `proven`, `skipped` or `missing`.
    result: &'static str,
    /// What was seen, or the reason.
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

    pub(super) fn add(&mut self, step: Step, began: Instant, seen: &Seen) {
        let (result, mark, evidence) = match seen {
            Seen::Proven(evidence) => ("proven", paint(GOOD, "✓"), evidence),
            Seen::Skipped(why) => ("skipped", paint(DIM, "–"), why),
            Seen::Missing(why) => ("missing", paint(BAD, "✗"), why),
        };
        let took = began.elapsed();
        if !self.json {
            anstream::println!(
                "{mark} {:<44} {}  {}",
                step.claim(),
                plain(evidence),
                paint(DIM, &seconds(took))
            );
        }
        self.played.push(Played {
            step,
            claim: step.claim(),
            result,
            evidence: evidence.clone(),
            seconds: took.as_secs_f64(),
        });
    }

    /// Prints what a human has to do. It is no result, so it goes to standard error.
    pub(super) fn ask(&self, what: &str) {
        anstream::eprintln!("  → {}", plain(what));
    }

    pub(super) fn close(&self) {
        if self.json {
            anstream::println!("{}", json!({"steps": self.played}));
            return;
        }
        let count = |result| {
            self.played
                .iter()
                .filter(|own| own.result == result)
                .count()
        };
        if count("missing") == 0 && !self.played.is_empty() {
            let text = match count("skipped") {
                0 => format!("All {} steps are proven.", self.played.len()),
                skipped => format!("Proven: {}, skipped: {skipped}.", count("proven")),
            };
            anstream::println!("{}", paint(GOOD, &text));
        }
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1} s", took.as_secs_f64())
}
