//! The short form: some thousand seeds, and that a seed gives the same run each time.

use soak::{Story, play};

#[test]
fn a_seed_gives_the_same_run_each_time() {
    for seed in 0..20 {
        let story = Story::of(seed);
        let (first, second) = (play(&story), play(&story));
        assert_eq!(first.digest, second.digest, "seed {seed}");
    }
}
