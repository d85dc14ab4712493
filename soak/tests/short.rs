//! The short form of the simulation. `make soak` plays as many seeds as wanted.

use soak::many::{many, report};
use soak::{Story, play};

/// Number of seeds. All of them take about 15 s on two cores.
const SEEDS: u64 = 500;

#[test]
fn the_bridge_keeps_its_promises() {
    let all = many(0, SEEDS, |_| {});
    if let Some((seed, broken)) = all.failed.first() {
        panic!("{}\n{}", broken.join("; "), report(*seed));
    }
    assert_eq!(all.played, SEEDS);
}

/// Seeds that failed once.
const FAILED: [(u64, &str); 5] = [
    (3413, "a clock that was ahead abandoned a grant"),
    (9924, "a report continued after its lease"),
    (
        19_650,
        "a new address replaced that of a grant without an answer",
    ),
    (
        35_231,
        "the repeat of a report without an answer was refused",
    ),
    (35_531, "a repeated invocation lost a wake-up"),
];

#[test]
fn what_was_repaired_stays_repaired() {
    for (seed, fault) in FAILED {
        let broken = play(&Story::of(seed)).violations;
        assert!(broken.is_empty(), "seed {seed} ({fault}): {broken:?}");
    }
}

#[test]
fn a_seed_gives_the_same_run_each_time() {
    for seed in 0..20 {
        let story = Story::of(seed);
        let (first, second) = (play(&story), play(&story));
        assert_eq!(first.digest, second.digest, "seed {seed}");
    }
}
