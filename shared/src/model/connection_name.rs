//! The name of a connection.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a connection: a slug, because it is part of the URL `POST /hooks/{connection}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionName(String);

/// A name that is not a slug.
#[derive(Debug, thiserror::Error)]
#[error("a connection's name is 1 to 50 characters of a-z, 0-9 and -")]
pub struct BadConnectionName;

impl Default for ConnectionName {
    /// The connection of a bridge that serves a single install.
    fn default() -> Self {
        Self("default".into())
    }
}

impl ConnectionName {
    /// Takes a name of 1 to 50 characters of `a-z 0-9 -`.
    pub fn parse(name: &str) -> Result<Self, BadConnectionName> {
        let slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=50).contains(&name.len()) && name.bytes().all(slug) {
            Ok(Self(name.into()))
        } else {
            Err(BadConnectionName)
        }
    }

    /// The argument that names the connection in a command; empty for `default`.
    pub fn flag(&self) -> String {
        match *self == Self::default() {
            true => String::new(),
            false => format!(" --connection {self}"),
        }
    }

    /// What an operator does about a token that OpenTrain refuses.
    pub fn renewal(&self) -> String {
        format!(
            "`bridge connect{}` with a new token, or `bridge disconnect {self}` if the customer has left",
            self.flag()
        )
    }

    /// The error for a name that is not among the known ones.
    pub fn unknown<'a>(&self, known: impl IntoIterator<Item = &'a Self>) -> String {
        let known: Vec<_> = known.into_iter().map(Self::as_str).collect();
        match known.is_empty() {
            true => {
                format!("Unknown connection {self}. No connection is set up: run `bridge connect`.")
            }
            false => format!("Unknown connection {self}. Known: {}.", known.join(", ")),
        }
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ConnectionName {
    type Error = BadConnectionName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name)
    }
}

impl From<ConnectionName> for String {
    fn from(name: ConnectionName) -> Self {
        name.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionName({})", self.0)
    }
}
