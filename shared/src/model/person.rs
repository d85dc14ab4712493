//! Personal data, in types whose `Debug` output does not contain it.

use std::fmt;
use std::sync::Arc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::ids::TrainerId;
use crate::model::lenient::{self, HOLDS_LOST, LOST};

/// A work e-mail, in lower case: some tools treat two spellings as two people.
///
/// Only [`Email::expose`] returns the address: there is no `Display`, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Takes an address, trimmed and in lower case; `None` if it can't be one.
    pub fn parse(address: &str) -> Option<Self> {
        let address = address.trim().to_lowercase();
        let (user, host) = address.split_once('@')?;
        let plausible = !user.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !address.contains(LOST)
            && !address.chars().any(|c| c.is_whitespace() || c.is_control());
        plausible.then_some(Self(address))
    }

    /// The address itself, for the one call that has to send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let address = String::deserialize(deserializer)?;
        Self::parse(&address).ok_or_else(|| D::Error::custom("not an e-mail address"))
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// A participant of a contract, as OpenTrain shows them to a platform.
///
/// Names are masked ("Maria S."), not unique and can change; `opentrain_user_id` is the key.
/// `Debug` shows only the key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// The stable key of the person.
    pub opentrain_user_id: TrainerId,
    /// The masked name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    /// ISO country, if it is given.
    #[serde(default, deserialize_with = "lenient::text")]
    pub country: Option<String>,
    /// The public profile at OpenTrain.
    #[serde(default, deserialize_with = "lenient::text")]
    pub profile_url: Option<String>,
    /// Only with the scope `participants:email` and the install's PII consent. It may come later, and the consent may
    /// be revoked. An invalid address counts as absent.
    #[serde(
        default,
        deserialize_with = "email",
        skip_serializing_if = "Option::is_none"
    )]
    pub work_email: Option<Email>,
}

impl Participant {
    /// A participant with an id and no other details.
    pub fn unknown(opentrain_user_id: TrainerId) -> Self {
        Self {
            opentrain_user_id,
            display_name: None,
            country: None,
            profile_url: None,
            work_email: None,
        }
    }
}

impl fmt::Debug for Participant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Participant({}, …)", self.opentrain_user_id)
    }
}

impl Email {
    /// A short digest of the address. It shows whether an address has changed, without the address.
    pub fn digest(&self) -> String {
        hex::encode(&Sha256::digest(self.0.as_bytes())[..4])
    }
}

/// The domains under which OpenTrain issues work e-mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkEmailDomains(Arc<[String]>);

impl Default for WorkEmailDomains {
    fn default() -> Self {
        Self(Arc::from(["opentrain.work".to_owned()]))
    }
}

impl WorkEmailDomains {
    /// Parses comma-separated domains; `None` if one of them is not a domain.
    pub fn parse(text: &str) -> Option<Self> {
        let domains = text.split(',').map(|it| it.trim().to_ascii_lowercase());
        let domains: Vec<_> = domains.collect();
        let is_domain = |it: &String| {
            let mut parts = it.split('.');
            it.contains('.') && parts.all(|part| !part.is_empty() && !part.contains(['@', ' ']))
        };
        domains.iter().all(is_domain).then(|| Self(domains.into()))
    }

    /// Whether the address is in one of these domains.
    pub fn hold(&self, email: &Email) -> bool {
        let domain = email.expose().rsplit_once('@').map(|(_, domain)| domain);
        domain.is_some_and(|it| self.0.iter().any(|own| it.eq_ignore_ascii_case(own)))
    }
}

/// An e-mail in which a character was lost makes the participant unreadable, because it could match another address.
fn email<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Email>, D::Error> {
    match Value::deserialize(d)? {
        Value::String(text) if text.contains(LOST) => Err(D::Error::custom(HOLDS_LOST)),
        Value::String(text) => Ok(Email::parse(&text)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_lowered_and_never_printed() {
        let email = Email::parse(" Maria@OpenTrain.work ").unwrap();
        assert_eq!(email.expose(), "maria@opentrain.work");
        assert_eq!(format!("{email:?}"), "Email(…)");
    }

    #[test]
    fn what_cannot_be_an_address_is_none() {
        for bad in ["", "maria", "@host", "maria@", "a b@host", "a@b@c"] {
            assert!(Email::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_participant_shows_its_key_alone() {
        let json = r#"{"opentrainUserId":"usr_1","displayName":"Maria S.","workEmail":"m@opentrain.work"}"#;
        let person: Participant = serde_json::from_str(json).unwrap();
        assert_eq!(format!("{person:?}"), "Participant(usr_1, …)");
    }
}
