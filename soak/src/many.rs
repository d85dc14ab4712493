//! Plays many seeds, on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::hub::lock;
use crate::run::play;
use crate::story::Story;

/// Number of failing seeds after which no other seed begins.
const MOST_FAILURES: usize = 10;

/// Result of many runs.
#[derive(Debug, Default)]
pub struct Many {
    /// Seeds that were played.
    pub played: u64,
    /// Seeds with broken promises.
    pub failed: Vec<(u64, Vec<String>)>,
    /// Attempts of deliveries.
    pub attempts: usize,
    /// Those that were answered with a 2xx.
    pub accepted: usize,
}

/// Plays this many seeds, and calls `seen` after each.
pub fn many(from: u64, seeds: u64, seen: impl Fn(&Many) + Sync) -> Many {
    let next = AtomicU64::new(from);
    let all = Mutex::new(Many::default());
    let work = || {
        while lock(&all).failed.len() < MOST_FAILURES {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds {
                return;
            }
            let outcome = play(&Story::of(seed));
            let mut all = lock(&all);
            all.played += 1;
            all.attempts += outcome.attempts;
            all.accepted += outcome.accepted;
            if !outcome.violations.is_empty() {
                all.failed.push((seed, outcome.violations));
            }
            seen(&all);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    std::mem::take(&mut lock(&all))
}

/// Report on a failing seed: its shortest story, the trace, and the command that plays it.
pub fn report(seed: u64) -> String {
    let story = crate::shrink::shrink(&Story::of(seed));
    let outcome = play(&story);
    let trace = outcome.trace.join("\n");
    let broken = outcome.violations.join("; ");
    format!("{story:#?}\n{trace}\n`make soak SEED={seed}` plays it: {broken}")
}
