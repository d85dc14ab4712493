//! Tokens, secrets and codes: random, or the same ones for a seed.

use sha2::{Digest, Sha256};

/// A sequence of values for one purpose, so that the number of drawn tokens does not change the secrets of endpoints.
pub(crate) struct Draw {
    purpose: &'static str,
    seed: Option<u64>,
    drawn: u64,
}

impl Draw {
    pub(crate) fn new(purpose: &'static str, seed: Option<u64>) -> Self {
        let drawn = 0;
        Self {
            purpose,
            seed,
            drawn,
        }
    }

    /// `N` bytes as lower-case hex; at most 32 bytes.
    pub(crate) fn hex<const N: usize>(&mut self) -> String {
        hex::encode(&self.bytes()[..N])
    }

    /// Six digits.
    pub(crate) fn code(&mut self) -> String {
        let [first, second, third, fourth, ..] = self.bytes();
        let number = u32::from_be_bytes([first, second, third, fourth]);
        format!("{:06}", number % 1_000_000)
    }

    fn bytes(&mut self) -> [u8; 32] {
        let Some(seed) = self.seed else {
            return rand::random();
        };
        self.drawn += 1;
        let text = format!("{}:{seed}:{}", self.purpose, self.drawn);
        Sha256::digest(text).into()
    }
}
