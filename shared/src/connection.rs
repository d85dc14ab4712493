//! An install that we serve.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::delivery::signature::WebhookSecret;
use crate::opentrain::PlatformClient;

/// The name of a connection: a slug, since it stands in the URL `POST /hooks/{connection}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionName(String);

/// A name that is no slug.
#[derive(Debug, thiserror::Error)]
#[error("a connection's name is 1 to 50 of a-z, 0-9 and -")]
pub struct BadConnectionName;

impl ConnectionName {
    /// The one connection of a bridge that serves a single install.
    pub fn single() -> Self {
        Self("default".into())
    }

    /// Takes a name of 1 to 50 of `a-z 0-9 -`.
    pub fn parse(name: &str) -> Result<Self, BadConnectionName> {
        let slug = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=50).contains(&name.len()) && name.bytes().all(slug) {
            Ok(Self(name.into()))
        } else {
            Err(BadConnectionName)
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

/// One customer's install: how its deliveries are told from forgeries, and how its API is called.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its name.
    pub name: ConnectionName,
    /// The webhook secrets that are live: several while one is rolled.
    pub secrets: Vec<WebhookSecret>,
    /// The Platform API, with this install's token.
    pub platform: PlatformClient,
}

/// The installs that this bridge serves.
#[derive(Debug, Clone, Default)]
pub struct Connections(BTreeMap<ConnectionName, Arc<Connection>>);

impl Connections {
    /// The connection of this name, if we serve it.
    pub fn get(&self, name: &ConnectionName) -> Option<Arc<Connection>> {
        self.0.get(name).cloned()
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.0.values()
    }
}

impl FromIterator<Connection> for Connections {
    fn from_iter<T: IntoIterator<Item = Connection>>(connections: T) -> Self {
        Self(connections.into_iter().map(|it| (it.name.clone(), Arc::new(it))).collect())
    }
}
