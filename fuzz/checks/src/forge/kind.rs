//! The changes of a forger.

use rand::rngs::StdRng;
use rand::{Rng, RngExt};

use super::delivery::{Delivery, NOW, Signer, sample};

/// A change that makes a valid delivery a forged one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One bit of the body.
    BodyBit,
    /// One bit of the MAC.
    MacBit,
    /// The body is shorter.
    BodyCut,
    /// The body is longer.
    BodyLonger,
    /// The MAC is shorter or longer.
    MacLength,
    /// Another time within the tolerance.
    OtherTime,
    /// The same time, written in another way.
    TimeSpelling,
    /// The end of the time is moved into the body.
    Boundary,
    /// Signed outside the tolerance.
    Expired,
    /// Signed with another secret.
    OtherSecret,
    /// The MAC of another body.
    OtherBody,
    /// Several `v1` entries, none of which is valid.
    SeveralMacs,
    /// The valid MAC under another scheme.
    OtherScheme,
    /// The valid time and a second one.
    TwoTimes,
    /// Random bytes as the MAC.
    RandomMac,
}

impl Kind {
    /// All kinds, in the order of the counts.
    pub const ALL: [Self; 15] = [
        Self::BodyBit,
        Self::MacBit,
        Self::BodyCut,
        Self::BodyLonger,
        Self::MacLength,
        Self::OtherTime,
        Self::TimeSpelling,
        Self::Boundary,
        Self::Expired,
        Self::OtherSecret,
        Self::OtherBody,
        Self::SeveralMacs,
        Self::OtherScheme,
        Self::TwoTimes,
        Self::RandomMac,
    ];

    pub(super) fn forge(self, signer: &Signer, dice: &mut StdRng) -> Delivery {
        match self {
            Self::BodyBit | Self::BodyCut | Self::BodyLonger | Self::OtherBody => {
                self.other_body(signer, dice)
            }
            Self::MacBit
            | Self::MacLength
            | Self::SeveralMacs
            | Self::OtherScheme
            | Self::RandomMac => self.other_mac(signer, dice),
            Self::OtherTime | Self::TimeSpelling | Self::Boundary | Self::TwoTimes => {
                self.other_time(signer, dice)
            }
            Self::Expired => signer.outside_tolerance(dice).delivery(),
            Self::OtherSecret => signer.by_another(dice).delivery(),
        }
    }

    fn other_body(self, signer: &Signer, dice: &mut StdRng) -> Delivery {
        let mut it = signer.parts(dice);
        let place = dice.random_range(0..it.body.len());
        match self {
            Self::BodyCut => it.body.truncate(place),
            Self::BodyLonger => {
                let more = dice.random_range(1..64);
                let at = it.body.len();
                it.body.resize(at + more, 0);
                dice.fill_bytes(&mut it.body[at..]);
            }
            Self::OtherBody => {
                let own = std::mem::take(&mut it.body);
                it.body = sample(dice).to_vec();
                if it.body == own {
                    it.body.reverse();
                }
            }
            _ => flip(&mut it.body, dice),
        }
        it.delivery()
    }

    fn other_mac(self, signer: &Signer, dice: &mut StdRng) -> Delivery {
        let mut it = signer.parts(dice);
        let valid = hex::encode(it.mac);
        let t = it.t.clone();
        let header = match self {
            Self::MacLength if dice.random() => {
                format!("t={t},v1={valid}{:02x}", dice.random::<u8>())
            }
            Self::MacLength => format!("t={t},v1={}", &valid[..dice.random_range(0..valid.len())]),
            Self::SeveralMacs => {
                let many = dice.random_range(2..9);
                let macs: String = (0..many)
                    .map(|_| {
                        let mut mac = it.mac;
                        flip(&mut mac, dice);
                        format!(",v1={}", hex::encode(mac))
                    })
                    .collect();
                format!("t={t}{macs}")
            }
            Self::OtherScheme => {
                let other = ["v0", "v2", "V1", "v1 ", "v11", "", "t"];
                let scheme = other[dice.random_range(0..other.len())];
                let mut mac = it.mac;
                flip(&mut mac, dice);
                format!("t={t},{scheme}={valid},v1={}", hex::encode(mac))
            }
            Self::RandomMac => {
                dice.fill_bytes(&mut it.mac);
                format!("t={t},v1={}", hex::encode(it.mac))
            }
            _ => {
                flip(&mut it.mac, dice);
                format!("t={t},v1={}", hex::encode(it.mac))
            }
        };
        Delivery {
            header,
            body: it.body,
        }
    }

    fn other_time(self, signer: &Signer, dice: &mut StdRng) -> Delivery {
        let mut it = signer.parts(dice);
        match self {
            Self::Boundary => {
                // With and without the dot between time and body.
                let at = dice.random_range(1..it.t.len());
                let dot: &[u8] = if dice.random() { b"." } else { b"" };
                let moved = [&it.t.as_bytes()[at..], dot, &it.body].concat();
                it.t.truncate(at);
                it.body = moved;
            }
            Self::TwoTimes => {
                let v1 = hex::encode(it.mac);
                let other = other_than(&it.t, dice);
                let header = match dice.random() {
                    true => format!("t={},v1={v1},t={other}", it.t),
                    false => format!("t={other},t={},v1={v1}", it.t),
                };
                return Delivery {
                    header,
                    body: it.body,
                };
            }
            Self::TimeSpelling => {
                let zeros = "0".repeat(dice.random_range(1..20));
                it.t = match dice.random_range(0..4) {
                    0 => format!("+{}", it.t),
                    1 => format!("{zeros}{}", it.t),
                    2 => format!("{}.0", it.t),
                    _ => format!("{}{zeros}", it.t),
                };
            }
            _ => it.t = other_than(&it.t, dice),
        }
        it.delivery()
    }
}

/// A time within the tolerance that is not this one.
fn other_than(t: &str, dice: &mut StdRng) -> String {
    let other = (NOW + dice.random_range(-300..=299)).to_string();
    match other == t {
        true => (NOW + 300).to_string(),
        false => other,
    }
}

/// Changes one bit.
fn flip(bytes: &mut [u8], dice: &mut StdRng) {
    let bit = dice.random_range(0..bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}
