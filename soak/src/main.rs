//! Plays many seeds. `SEED=n` plays one, with its trace; `SEEDS` and `SEED_FROM` say how many, and the first.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool of developers"
)]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use soak::shrink::shrink;
use soak::{Story, play};

/// Failing seeds after which no further one is begun.
const MOST_FAILURES: usize = 10;

fn main() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|it| it.parse::<u64>().ok())
    };
    if let Some(seed) = number("SEED") {
        return one(seed);
    }
    let (from, seeds) = (
        number("SEED_FROM").unwrap_or(0),
        number("SEEDS").unwrap_or(2000),
    );
    let (next, began) = (AtomicU64::new(from), Instant::now());
    let (failed, attempts, accepted) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    let work = || {
        while failed.load(Ordering::Relaxed) < MOST_FAILURES {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= from + seeds {
                return;
            }
            let outcome = play(&Story::of(seed));
            attempts.fetch_add(outcome.attempts, Ordering::Relaxed);
            accepted.fetch_add(outcome.accepted, Ordering::Relaxed);
            if !outcome.violations.is_empty() {
                failed.fetch_add(1, Ordering::Relaxed);
                println!("SEED={seed} fails: {}", outcome.violations.join("; "));
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let played = next.load(Ordering::Relaxed).min(from + seeds) - from;
    println!(
        "{played} seeds, {} failed, {} attempts of deliveries, {} accepted, {:.1} s",
        failed.load(Ordering::Relaxed),
        attempts.load(Ordering::Relaxed),
        accepted.load(Ordering::Relaxed),
        began.elapsed().as_secs_f64()
    );
    if failed.load(Ordering::Relaxed) > 0 {
        std::process::exit(1);
    }
}

/// Plays one seed, makes it shorter if it fails, and prints the trace.
fn one(seed: u64) {
    let mut story = Story::of(seed);
    if std::env::var("LOG").is_ok() {
        tracing_subscriber::fmt().without_time().init();
    } else if !play(&story).violations.is_empty() {
        story = shrink(&story);
    }
    println!("{story:#?}");
    let outcome = play(&story);
    outcome.trace.iter().for_each(|line| println!("{line}"));
    println!(
        "SEED={seed}: {} violations: {}",
        outcome.violations.len(),
        outcome.violations.join("; ")
    );
}
