//! Plays `SEEDS` seeds, beginning with `SEED_FROM`. `SEED` plays only this seed; `LOG=1` also prints the bridge's log.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool of developers"
)]

use std::time::Instant;

use soak::many::{Many, many, report};
use soak::{Story, play};

fn main() {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        let number = text.parse::<u64>();
        Some(number.unwrap_or_else(|_| {
            println!("{name} is not a whole number");
            std::process::exit(2);
        }))
    };
    if let Some(seed) = number("SEED") {
        return one(seed);
    }
    let from = number("SEED_FROM").unwrap_or(0);
    let seeds = number("SEEDS").unwrap_or(2000);
    let began = Instant::now();
    let tell = |all: &Many| {
        let (attempts, accepted) = (all.attempts, all.accepted);
        let seconds = began.elapsed().as_secs();
        println!(
            "{} seeds, {} failed, {attempts} attempts of deliveries, {accepted} accepted, {seconds} s",
            all.played,
            all.failed.len(),
        );
    };
    let all = many(from, seeds, |all| {
        if all.played.is_multiple_of(10_000) {
            tell(all);
        }
    });
    tell(&all);
    for (seed, broken) in &all.failed {
        println!("SEED={seed}: {}", broken.join("; "));
    }
    if !all.failed.is_empty() {
        std::process::exit(1);
    }
}

/// Plays one seed.
fn one(seed: u64) {
    if std::env::var("LOG").is_ok() {
        tracing_subscriber::fmt().without_time().init();
    }
    let outcome = play(&Story::of(seed));
    if !outcome.violations.is_empty() {
        println!("{}", report(seed));
        std::process::exit(1);
    }
    println!("{}", outcome.trace.join("\n"));
}
