//! Values that `Debug` does not show.

use std::fmt;
use std::ops::Deref;

use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::model::lenient;

/// A name, an e-mail or a text that people wrote.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Private(String);

impl Private {
    /// The text, for the screen of the account's own operator.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Private {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(lenient::shown).map(Self)
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Members that have no field of their own.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Other(pub Map<String, Value>);

impl Deref for Other {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Shows the names of the members.
impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A token or a secret: not empty, and nothing in it is replaced.
pub(super) fn secret<'de, D: Deserializer<'de>>(d: D) -> Result<SecretString, D::Error> {
    let text = lenient::exact(d)?;
    match text.trim().is_empty() {
        true => Err(D::Error::custom("should not be empty")),
        false => Ok(text.into()),
    }
}
