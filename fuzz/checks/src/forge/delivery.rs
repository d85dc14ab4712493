//! Validly signed deliveries, and the product's verifier.

use std::sync::LazyLock;

use jiff::Timestamp;
use rand::RngExt;
use rand::rngs::StdRng;
use shared::model::signature::{SignatureHeader, WebhookSecret};

/// The verifier's time, in seconds since 1970.
pub const NOW: i64 = 1_790_000_000;

/// The secrets of the connection: during a rotation there are two.
const SECRETS: [&str; 2] = [
    "whsec_b7a81c3e5d904f26a1f0c9d2e8b64375",
    "whsec_0d5e2f9a7c614b83b2e1f8a4d6c90317",
];

/// A header with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// `X-OpenTrain-Signature`.
    pub header: String,
    /// The raw bytes.
    pub body: Vec<u8>,
}

/// The bodies of the sample events.
pub fn bodies() -> &'static [&'static [u8]] {
    &[
        include_bytes!("../../../../events/webhook/contract.started.json"),
        include_bytes!("../../../../events/webhook/contract.ended.json"),
        include_bytes!("../../../../events/webhook/install.revoked.json"),
        include_bytes!("../../../../events/webhook/milestone.budget_low.json"),
        include_bytes!("../../../../events/webhook/project_link.created.json"),
    ]
}

/// Verifies as the product does, with the connection's secrets and at [`NOW`].
pub fn product(delivery: &Delivery) -> bool {
    static SIGNER: LazyLock<Signer> = LazyLock::new(Signer::default);
    let header = SignatureHeader::parse(&delivery.header);
    header.is_some_and(|it| {
        it.verify(&delivery.body, &SIGNER.secrets, moment(NOW))
            .is_ok()
    })
}

/// Signs with the connection's secrets.
pub(super) struct Signer {
    secrets: Vec<WebhookSecret>,
}

impl Default for Signer {
    fn default() -> Self {
        let secrets = SECRETS.into_iter().filter_map(WebhookSecret::new);
        Self {
            secrets: secrets.collect(),
        }
    }
}

/// A valid delivery in its parts.
pub(super) struct Parts {
    /// Seconds since 1970, as in the header.
    pub(super) t: String,
    pub(super) mac: [u8; 32],
    pub(super) body: Vec<u8>,
}

impl Parts {
    pub(super) fn delivery(self) -> Delivery {
        let v1 = hex::encode(self.mac);
        Delivery {
            header: format!("t={},v1={v1}", self.t),
            body: self.body,
        }
    }
}

impl Signer {
    /// A sample, signed within the tolerance.
    pub(super) fn parts(&self, dice: &mut StdRng) -> Parts {
        let at = NOW + dice.random_range(-300..=300);
        let secret = &self.secrets[dice.random_range(0..self.secrets.len())];
        parts(secret, sample(dice), at)
    }

    /// The same as a delivery.
    pub(super) fn signed(&self, dice: &mut StdRng) -> Delivery {
        self.parts(dice).delivery()
    }

    /// A sample, signed too long ago or too far in the future.
    pub(super) fn outside_tolerance(&self, dice: &mut StdRng) -> Parts {
        let away = dice.random_range(301..=10_000_000);
        let at = NOW + if dice.random() { away } else { -away };
        parts(&self.secrets[0], sample(dice), at)
    }

    /// A sample, signed with a secret that is not one of the connection's.
    pub(super) fn by_another(&self, dice: &mut StdRng) -> Parts {
        let own = SECRETS[dice.random_range(0..SECRETS.len())];
        let place = dice.random_range(0..own.len());
        let mut other = own.as_bytes().to_vec();
        match dice.random_range(0..3) {
            0 => other[place] ^= 1,
            1 => other.truncate(place.max(1)),
            _ => other.extend_from_slice(b"0"),
        }
        let other = String::from_utf8_lossy(&other).into_owned();
        // A changed secret is not blank.
        let secret = WebhookSecret::new(&other).unwrap_or_else(|| self.secrets[0].clone());
        parts(&secret, sample(dice), NOW)
    }
}

pub(super) fn sample(dice: &mut StdRng) -> &'static [u8] {
    bodies()[dice.random_range(0..bodies().len())]
}

fn parts(secret: &WebhookSecret, body: &[u8], at: i64) -> Parts {
    let header = secret.sign(body, moment(at));
    let mut mac = [0; 32];
    let v1 = header.rsplit_once("v1=").map_or("", |(_, v1)| v1);
    #[allow(clippy::expect_used, reason = "the product has just written it")]
    hex::decode_to_slice(v1, &mut mac).expect("a MAC in hex");
    Parts {
        t: at.to_string(),
        mac,
        body: body.to_vec(),
    }
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MIN)
}
