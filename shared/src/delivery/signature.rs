//! Who sent it: the signature of a delivery.
//!
//! `X-OpenTrain-Signature: t=<unix seconds>,v1=<hex>` with
//! `v1 = HMAC-SHA256(secret, "<t>.<raw body>")` (`opentrain-platform-api`, Deliveries). The
//! `whsec_…` string as given is the key.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far the time of signing may be from ours, either way.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// No honest header is longer; more would only cost us hashing.
const LONGEST_HEADER: usize = 2048;

/// A webhook secret; it can't be printed.
#[derive(Clone, Debug)]
pub struct WebhookSecret(SecretString);

impl WebhookSecret {
    /// Takes the `whsec_…` string as given; nothing when it is blank, since anybody could sign with that.
    pub fn new(secret: &str) -> Option<Self> {
        let secret = secret.trim();
        (!secret.is_empty()).then(|| Self(secret.into()))
    }

    /// The secret itself, for storing it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The header that a sender holding this secret makes at `now`.
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

/// A body that one of our secrets has signed. Only [`verify`] makes one, and the parser asks for it.
#[derive(Debug)]
pub struct VerifiedBody<'a>(&'a [u8]);

impl<'a> VerifiedBody<'a> {
    /// The raw bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }
}

/// Why a signature was refused. The sender hears of none of this; it is for our own count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// No signature header, or one that can't be read.
    #[error("malformed")]
    Malformed,
    /// Signed too long ago, or too far ahead.
    #[error("outside-tolerance")]
    OutsideTolerance,
    /// None of our secrets makes this signature over this body.
    #[error("mismatch")]
    Mismatch,
}

/// Checks a delivery's signature over the raw bytes: every live secret against every `v1`.
///
/// The time is looked at last, so that [`SignatureFault::OutsideTolerance`] means a body that we know to
/// be OpenTrain's: a clock that is wrong, or a replay.
pub fn verify<'a>(
    header: Option<&str>,
    body: &'a [u8],
    secrets: &[WebhookSecret],
    now: Timestamp,
) -> Result<VerifiedBody<'a>, SignatureFault> {
    let header = header
        .and_then(Header::parse)
        .ok_or(SignatureFault::Malformed)?;
    if !header.signed_by_any(secrets, body) {
        return Err(SignatureFault::Mismatch);
    }
    let age = i128::from(now.as_second()) - i128::from(header.signed_at);
    if age.unsigned_abs() > u128::from(TOLERANCE.as_secs()) {
        return Err(SignatureFault::OutsideTolerance);
    }
    Ok(VerifiedBody(body))
}

struct Header<'a> {
    t: &'a str,
    signed_at: i64,
    v1: Vec<Vec<u8>>,
}

impl<'a> Header<'a> {
    /// One `t`, one `v1` or more; other members are passed over.
    fn parse(header: &'a str) -> Option<Self> {
        if header.len() > LONGEST_HEADER {
            return None;
        }
        let (mut t, mut v1) = (None, Vec::new());
        for member in header.split(',') {
            match member.split_once('=')? {
                ("t", _) if t.is_some() => return None,
                ("t", seconds) => t = Some(seconds),
                ("v1", mac) => v1.push(hex::decode(mac).ok().filter(|mac| !mac.is_empty())?),
                _ => {}
            }
        }
        let t = t?;
        (!v1.is_empty()).then_some(Self {
            t,
            signed_at: t.parse().ok()?,
            v1,
        })
    }

    /// Tries all pairs, whichever fits: the time it takes tells nothing of which one did.
    fn signed_by_any(&self, secrets: &[WebhookSecret], body: &[u8]) -> bool {
        secrets.iter().fold(false, |fits, secret| {
            let mac = secret.mac(self.t, body);
            self.v1
                .iter()
                .fold(fits, |fits, v1| mac.clone().verify_slice(v1).is_ok() | fits)
        })
    }
}
