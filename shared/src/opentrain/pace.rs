//! One pace per token, because OpenTrain limits calls by token.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use crate::http::{Pacer, PauseRows};
use crate::model::clock::Clock;

/// Number of bytes of a token's digest that identify it.
const NAME: usize = 8;

/// The pacers of the tokens. Clones share them.
#[derive(Clone)]
pub struct Paces {
    rows: Arc<dyn PauseRows>,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<BTreeMap<String, Arc<Pacer>>>>,
}

impl Paces {
    /// Creates pacers whose pauses are stored in `rows`.
    pub fn new(rows: Arc<dyn PauseRows>, clock: Arc<dyn Clock>) -> Self {
        Self {
            rows,
            clock,
            known: Arc::default(),
        }
    }

    /// The pacer of a token. It is identified by a digest; the token is not stored.
    pub(super) fn of(&self, token: &SecretString) -> Arc<Pacer> {
        let digest = Sha256::digest(token.expose_secret());
        let name = format!("OPENTRAIN#{}", hex::encode(&digest[..NAME]));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let made = known.entry(name);
        let pacer = made.or_insert_with_key(|name| {
            Arc::new(Pacer::new(
                None,
                self.rows.of(name),
                Arc::clone(&self.clock),
            ))
        });
        Arc::clone(pacer)
    }
}

impl fmt::Debug for Paces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Paces")
    }
}
