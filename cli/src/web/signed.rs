//! What the key signs: links, cookies, forms, and the `state` of the consent.

use jiff::Timestamp;
use shared::ledger::audit::sha256;
use shared::ledger::{OnboardingKey, OnboardingLink};
use uuid::Uuid;

/// Length of a link's id and of half a browser's secret, in hex digits.
const ID: usize = 32;

/// A new random id.
pub(crate) fn new_id() -> String {
    Uuid::new_v4().simple().to_string()
}

/// The last part of a link's address.
pub(crate) fn token(key: &OnboardingKey, link: &OnboardingLink) -> String {
    let (id, until) = (&link.id, link.expires_at.as_second().to_string());
    format!("{id}.{until}.{}", key.sign("link", &[id, &until]))
}

/// What a link's address proves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// The link with this id.
    Link(String),
    /// A link that has expired.
    Expired,
    /// No link of this bridge.
    Wrong,
}

/// Verifies the last part of a link's address. Does not read the ledger.
pub(crate) fn open(key: &OnboardingKey, token: &str, now: Timestamp) -> Opened {
    let mut parts = token.splitn(3, '.');
    let (Some(id), Some(until), Some(mac)) = (parts.next(), parts.next(), parts.next()) else {
        return Opened::Wrong;
    };
    let second: Option<i64> = until.parse().ok();
    match (is_id(id), second) {
        (true, Some(second)) if key.signed("link", &[id, until], mac) => {
            match now.as_second() < second {
                true => Opened::Link(id.to_owned()),
                false => Opened::Expired,
            }
        }
        _ => Opened::Wrong,
    }
}

fn is_id(text: &str) -> bool {
    text.len() == ID && text.bytes().all(|it| it.is_ascii_hexdigit())
}

/// A browser that has opened a link. Its cookie proves that.
pub(crate) struct Browser {
    /// Id of the link.
    pub(crate) link: String,
    secret: String,
}

impl Browser {
    pub(crate) fn new(link: &str) -> Self {
        Self {
            link: link.to_owned(),
            secret: format!("{}{}", new_id(), new_id()),
        }
    }

    /// The browser of a cookie.
    pub(crate) fn of(key: &OnboardingKey, cookie: &str) -> Option<Self> {
        let mut parts = cookie.splitn(3, '.');
        let (link, secret, mac) = (parts.next()?, parts.next()?, parts.next()?);
        let is_ours = is_id(link) && key.signed("cookie", &[link, secret], mac);
        is_ours.then(|| Self {
            link: link.to_owned(),
            secret: secret.to_owned(),
        })
    }

    /// Value of the cookie.
    pub(crate) fn cookie(&self, key: &OnboardingKey) -> String {
        let mac = key.sign("cookie", &[&self.link, &self.secret]);
        format!("{}.{}.{mac}", self.link, self.secret)
    }

    /// Name of the browser in the ledger.
    pub(crate) fn digest(&self) -> String {
        sha256(&self.secret)
    }

    /// The hidden field of this browser's forms.
    pub(crate) fn form(&self, key: &OnboardingKey) -> String {
        key.sign("form", &[&self.link, &self.secret])
    }

    pub(crate) fn sent(&self, key: &OnboardingKey, form: &str) -> bool {
        key.signed("form", &[&self.link, &self.secret], form)
    }

    /// `state` of the consent.
    pub(crate) fn state(&self, key: &OnboardingKey) -> String {
        key.sign("state", &[&self.link, &self.secret])
    }

    pub(crate) fn returned(&self, key: &OnboardingKey, state: &str) -> bool {
        key.signed("state", &[&self.link, &self.secret], state)
    }
}
