//! Forged deliveries: each begins as a validly signed one and is changed in a way that a verifier must notice.

mod delivery;
mod kind;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

pub use delivery::{Delivery, NOW, bodies, product};
pub use kind::Kind;

use delivery::Signer;

/// Number of forged deliveries for each valid one. The valid ones detect a verifier that accepts nothing.
pub const VALID_EVERY: u64 = 1_000;

/// Result of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Count {
    /// Forged deliveries that were tried, by [`Kind::ALL`].
    pub tried: [u64; Kind::ALL.len()],
    /// Forged deliveries that were accepted, by [`Kind::ALL`].
    pub accepted: [u64; Kind::ALL.len()],
    /// Valid deliveries that were tried.
    pub valid: u64,
    /// Valid deliveries that were refused.
    pub refused: u64,
}

impl Count {
    /// Number of forged deliveries that were tried.
    pub fn all_tried(&self) -> u64 {
        self.tried.iter().sum()
    }

    /// Number of forged deliveries that were accepted.
    pub fn all_accepted(&self) -> u64 {
        self.accepted.iter().sum()
    }

    /// Adds the result of another run.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.tried, &other.tried),
            (&mut self.accepted, &other.accepted),
        ];
        for (own, other) in pairs {
            own.iter_mut()
                .zip(other)
                .for_each(|(own, other)| *own += other);
        }
        self.valid += other.valid;
        self.refused += other.refused;
    }
}

/// Tries this many forged deliveries against a verifier, and a valid one before every [`VALID_EVERY`] of them. A seed
/// makes the same deliveries each time.
pub fn run(seed: u64, tries: u64, accepts: impl Fn(&Delivery) -> bool) -> Count {
    let mut dice = StdRng::seed_from_u64(seed);
    let signer = Signer::default();
    let mut count = Count::default();
    for number in 0..tries {
        if number.is_multiple_of(VALID_EVERY) {
            let valid = signer.signed(&mut dice);
            count.valid += 1;
            count.refused += u64::from(!accepts(&valid));
        }
        let at = dice.random_range(0..Kind::ALL.len());
        let forged = Kind::ALL[at].forge(&signer, &mut dice);
        count.tried[at] += 1;
        count.accepted[at] += u64::from(accepts(&forged));
    }
    count
}
