//! Chance, from one seed.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A sequence of random values that is the same for the same seed and purpose.
pub struct Dice(StdRng);

impl Dice {
    /// The sequence of a seed for one purpose, so that one purpose does not change the values of another.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mixed =
            seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xD1B5_4A32_D192_ED03);
        Self(StdRng::seed_from_u64(mixed))
    }

    /// A number below `end`, which is at least 1.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end.max(1))
    }

    /// True in `share` of 1,000 cases.
    pub fn permille(&mut self, share: u32) -> bool {
        share > 0 && self.0.random_range(0..1000) < share
    }

    /// A time in this range.
    pub fn time(&mut self, from: Duration, to: Duration) -> Duration {
        let (from, to) = (millis(from), millis(to));
        Duration::from_millis(self.0.random_range(from..=to.max(from)))
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// A seed for another sequence.
    pub fn seed(&mut self) -> u64 {
        self.0.random()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
