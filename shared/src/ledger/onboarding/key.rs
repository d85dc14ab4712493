//! The key of links.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Signs links, cookies and forms. The purpose is signed too, so a signature for one purpose is invalid for another.
#[derive(Clone)]
pub struct OnboardingKey(SecretString);

impl fmt::Debug for OnboardingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnboardingKey(…)")
    }
}

impl OnboardingKey {
    pub(super) fn of(text: &str) -> Self {
        Self(text.into())
    }

    /// The signature, as hex.
    pub fn sign(&self, purpose: &str, parts: &[&str]) -> String {
        hex::encode(self.mac(purpose, parts).finalize().into_bytes())
    }

    /// Whether `given` is the signature. The comparison takes constant time.
    pub fn signed(&self, purpose: &str, parts: &[&str], given: &str) -> bool {
        let Ok(given) = hex::decode(given) else {
            return false;
        };
        self.mac(purpose, parts).verify_slice(&given).is_ok()
    }

    fn mac(&self, purpose: &str, parts: &[&str]) -> Hmac<Sha256> {
        let key = self.0.expose_secret().as_bytes();
        #[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
        mac.update(purpose.as_bytes());
        for part in parts {
            // No part contains `|`, so different lists of parts have different signatures.
            mac.update(b"|");
            mac.update(part.as_bytes());
        }
        mac
    }
}
