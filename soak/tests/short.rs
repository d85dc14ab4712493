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

/// A process learns a work e-mail from the API, grants access by it and ends before it has stored either. Then the
/// contract ends or its link is deleted: the removal names neither an account nor an address.
#[test]
fn a_grant_of_a_process_that_ended_is_revoked() {
    for seed in 0..300 {
        let mut story = Story::of(seed);
        story.shape.knows_trainers = false;
        story.shape.withholds_email = true;
        let broken = play(&story).violations;
        assert_eq!(broken, Vec::<String>::new(), "seed {seed}");
    }
}
