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

#[test]
fn a_seed_gives_the_same_run_each_time() {
    for seed in 0..20 {
        let story = Story::of(seed);
        let (first, second) = (play(&story), play(&story));
        assert_eq!(first.digest, second.digest, "seed {seed}");
    }
}
