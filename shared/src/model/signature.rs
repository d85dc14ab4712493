//! The signature of a delivery. It proves the sender.
//!
//! `X-OpenTrain-Signature: t=<unix seconds>,v1=<hex>` with `v1 = HMAC-SHA256(secret, "<t>.<raw body>")`
//! (docs/opentrain-api.md, Deliveries). The key is the `whsec_…` string as received.

use std::borrow::Cow;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// Maximum difference between the time of signing and our time, in both directions.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// Valid headers are never longer. The limit bounds the cost of hashing.
const LONGEST_HEADER: usize = 2048;

/// A webhook secret. It cannot be printed.
#[derive(Clone, Debug)]
pub struct WebhookSecret(SecretString);

impl WebhookSecret {
    /// Takes the `whsec_…` string as received. `None` if it is blank, because then every sender could sign.
    pub fn new(secret: &str) -> Option<Self> {
        let secret = secret.trim();
        (!secret.is_empty()).then(|| Self(secret.into()))
    }

    /// Exposes the secret, to store it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Signs a body at `now` and returns the header, as a sender with this secret does.
    pub fn sign(&self, body: &[u8], now: Timestamp) -> String {
        let t = now.as_second().to_string();
        format!(
            "t={t},v1={}",
            hex::encode(self.mac(&t, body).finalize().into_bytes())
        )
    }

    fn mac(&self, t: &str, body: &[u8]) -> Hmac<Sha256> {
        let key = self.0.expose_secret().as_bytes();
        #[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key");
        mac.update(t.as_bytes());
        mac.update(b".");
        mac.update(body);
        mac
    }
}

/// A body with a verified signature. Only [`SignatureHeader::verify`] creates one, and the parser requires it.
#[derive(Debug)]
pub struct VerifiedBody<'a>(&'a [u8]);

impl<'a> VerifiedBody<'a> {
    /// The raw bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }
}

/// Reason for refusing a signature. It is logged and counted; the answer is the same for all reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum SignatureFault {
    /// The signature header is missing or unreadable.
    #[error("malformed")]
    Malformed,
    /// Signed too long ago, or too far in the future.
    #[error("outside-tolerance")]
    OutsideTolerance,
    /// None of our secrets matches this signature and body.
    #[error("mismatch")]
    Mismatch,
    /// No secret is stored for the connection.
    #[error("no-secret")]
    NoSecret,
}

/// A signature header that could be parsed. Nothing is verified yet.
#[derive(Debug)]
pub struct SignatureHeader {
    t: String,
    signed_at: i64,
    v1: Vec<[u8; 32]>,
}

impl SignatureHeader {
    /// Parses the header; `None` if it has no usable time or no usable signature.
    ///
    /// Accepts variations from senders and proxies: spaces and tabs around members, empty members, members of other
    /// schemes, a repeated time. Several header lines are passed as one, [`joined`] by commas. Two different times are
    /// ambiguous and refused.
    pub fn parse(header: &str) -> Option<Self> {
        if header.len() > LONGEST_HEADER {
            return None;
        }
        let (mut t, mut v1) = (None, Vec::new());
        for member in header.split(',') {
            match member.trim_matches([' ', '\t']).split_once('=') {
                Some(("t", seconds)) if t.is_some_and(|first| first != seconds) => return None,
                Some(("t", seconds)) => t = Some(seconds),
                // A value that is not a hex HMAC-SHA256 can never match. A later scheme may use another format.
                Some(("v1", mac)) => v1.extend(hmac_sha256(mac)),
                _ => {}
            }
        }
        let t = t?;
        (!v1.is_empty()).then_some(Self {
            t: t.to_owned(),
            signed_at: t.parse().ok()?,
            v1,
        })
    }

    /// Verifies the signature over the raw bytes: every live secret against every `v1`.
    ///
    /// The time is compared last, so [`SignatureFault::OutsideTolerance`] means that OpenTrain signed the body: the
    /// cause is a wrong clock or a replay.
    ///
    /// # Errors
    /// The reason for refusing the signature.
    pub fn verify<'a>(
        &self,
        body: &'a [u8],
        secrets: &[WebhookSecret],
        now: Timestamp,
    ) -> Result<VerifiedBody<'a>, SignatureFault> {
        if secrets.is_empty() {
            return Err(SignatureFault::NoSecret);
        }
        if !self.signed_by_any(secrets, body) {
            return Err(SignatureFault::Mismatch);
        }
        let age = i128::from(now.as_second()) - i128::from(self.signed_at);
        if age.unsigned_abs() > u128::from(TOLERANCE.as_secs()) {
            return Err(SignatureFault::OutsideTolerance);
        }
        Ok(VerifiedBody(body))
    }

    /// Tries all pairs, so that the duration does not depend on which one matches.
    fn signed_by_any(&self, secrets: &[WebhookSecret], body: &[u8]) -> bool {
        secrets.iter().fold(false, |matches, secret| {
            let mac = secret.mac(&self.t, body);
            self.v1.iter().fold(matches, |matches, v1| {
                mac.clone().verify_slice(v1).is_ok() | matches
            })
        })
    }
}

fn hmac_sha256(hex: &str) -> Option<[u8; 32]> {
    let mut mac = [0; 32];
    hex::decode_to_slice(hex, &mut mac).ok()?;
    Some(mac)
}

/// Joins the lines of one header into one comma-separated list (RFC 9110, 5.3); `None` if there is no line.
pub fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Cow<'a, str>> {
    lines
        .map(Cow::Borrowed)
        .reduce(|all, line| Cow::Owned(format!("{all},{line}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"{}";

    fn secret() -> WebhookSecret {
        WebhookSecret::new("whsec_1").unwrap()
    }

    fn accepts(header: &str) -> bool {
        let now = Timestamp::from_second(1_000).unwrap();
        SignatureHeader::parse(header).is_some_and(|it| it.verify(BODY, &[secret()], now).is_ok())
    }

    /// Time and signature of a header as OpenTrain writes it.
    fn parts() -> (String, String) {
        let header = secret().sign(BODY, Timestamp::from_second(1_000).unwrap());
        let (t, v1) = header.split_once(',').unwrap();
        (t.to_owned(), v1.to_owned())
    }

    #[test]
    fn forms_that_proxies_make_are_accepted() {
        let (t, v1) = parts();
        let other = format!("v1={}", "0".repeat(64));
        for header in [
            format!("{t}, {v1}"),
            format!("{t} ,\t{v1}\t"),
            format!(",{t},,{v1}, ,"),
            format!("{v1},{t}"),
            format!("{t},{v1},beta,v0=abc,v2="),
            format!("{t},{other},{v1}"),
            format!("{t},v1=,{v1},v1=q83vEjRWeJA=,v1=00"),
            format!("{t},{v1},{t},{v1}"),
            format!("{t},{}", v1.to_uppercase().replace("V1", "v1")),
        ] {
            assert!(accepts(&header), "{header:?}");
        }
    }

    #[test]
    fn what_is_ambiguous_or_unreadable_is_refused() {
        let (t, v1) = parts();
        for header in [
            format!("{t},{v1},t=1001"),
            format!("t=1001,{t},{v1}"),
            format!("\"{t},{v1}\""),
            format!("{t}.5,{v1}"),
            format!("{t};{v1}"),
            format!("{t},{v1}00"),
            format!("T=1000,{v1}"),
            t.clone(),
            v1.clone(),
            String::new(),
        ] {
            assert!(!accepts(&header), "{header:?}");
        }
        let long = format!("{t},{v1}{}", ",".repeat(LONGEST_HEADER));
        assert!(!accepts(&long));
    }

    #[test]
    fn lines_become_one_list() {
        let of = |lines: &[&'static str]| joined(lines.iter().copied());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["t=1,v1=a"]).as_deref(), Some("t=1,v1=a"));
        assert_eq!(of(&["t=1", "v1=a", ""]).as_deref(), Some("t=1,v1=a,"));
    }
}
