//! Format of the connections' file on a machine and, with one connection, of a parameter of a stack.
//!
//! ```json
//! {
//!   "version": 1,
//!   "connections": {
//!     "default": {
//!       "token": "ot_ptk_…",
//!       "install": "ins_1",
//!       "organization": "org_1",
//!       "webhooks": [{ "endpoint": "whe_1", "secret": "whsec_…" }],
//!       "projects": ["42"]
//!     }
//!   }
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Credentials, Index, Kept, StoreError, Version, Webhook};
use crate::http::Credential;
use crate::model::ConnectionName;
use crate::model::ids::{EndpointId, InstallId, ProjectId};
use crate::model::signature::WebhookSecret;

/// The version that this bridge reads and writes.
const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u64,
    connections: BTreeMap<ConnectionName, Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    install: Option<InstallId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    #[serde(default)]
    webhooks: Vec<Signing>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    projects: Option<BTreeSet<ProjectId>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signing {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoint: Option<EndpointId>,
    secret: String,
}

/// Reason why a text can't be read.
#[derive(Debug)]
pub(super) enum Misread {
    Newer,
    /// The fault. Contains nothing of the text, which may be a secret.
    Wrong(String),
}

impl Misread {
    pub(super) fn of(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        match self {
            Self::Newer => StoreError::Newer { path },
            Self::Wrong(why) => StoreError::Unreadable { path, why },
        }
    }

    /// The error for a secret.
    #[cfg(feature = "aws")]
    pub(super) fn of_secret(self, name: &str) -> StoreError {
        let name = name.to_owned();
        match self {
            Self::Newer => StoreError::NewerSecret { name },
            Self::Wrong(why) => StoreError::UnreadableSecret { name, why },
        }
    }

    /// The error for a parameter.
    #[cfg(feature = "aws")]
    pub(super) fn of_parameter(self, name: String) -> StoreError {
        let why = match self {
            Self::Newer => "a newer bridge has written it".to_owned(),
            Self::Wrong(why) => why,
        };
        StoreError::UnreadableParameter { name, why }
    }
}

/// The connections in a file's text.
pub(super) fn read(text: &[u8]) -> Result<Kept, Misread> {
    let value: Value = serde_json::from_slice(text).map_err(|error| {
        Misread::Wrong(format!(
            "no JSON at line {} column {}",
            error.line(),
            error.column()
        ))
    })?;
    match value.get("version").and_then(Value::as_u64) {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Err(Misread::Newer),
        _ => return Err(Misread::Wrong("its `version` is not 1".into())),
    }
    // The error's text may quote a value.
    let document: Document = serde_json::from_slice(text).map_err(|error| {
        Misread::Wrong(format!(
            "an unexpected member or value before line {} column {}",
            error.line(),
            error.column()
        ))
    })?;
    document
        .connections
        .into_iter()
        .map(|(name, entry)| Ok((name.clone(), credentials(&name, entry)?)))
        .collect()
}

fn credentials(name: &ConnectionName, entry: Entry) -> Result<Credentials, Misread> {
    let token = entry.token.map(SecretString::from);
    if let Some(token) = &token {
        Credential::bearer(token)
            .map_err(|error| Misread::Wrong(format!("connection `{name}`: {error}")))?;
    }
    let webhook = |signing: Signing| {
        let secret = WebhookSecret::new(&signing.secret);
        let secret = secret.ok_or_else(|| {
            Misread::Wrong(format!("connection `{name}`: a webhook secret is empty"))
        })?;
        Ok(Webhook {
            endpoint: signing.endpoint,
            secret,
        })
    };
    let webhooks = entry
        .webhooks
        .into_iter()
        .map(webhook)
        .collect::<Result<_, _>>()?;
    Ok(Credentials {
        token,
        install: entry.install,
        organization: entry.organization,
        webhooks,
        projects: entry.projects,
    })
}

/// The text of a file with these connections.
pub(super) fn write(kept: &Kept) -> Vec<u8> {
    #[allow(
        clippy::expect_used,
        reason = "derived types with string keys always serialise"
    )]
    let mut text = serde_json::to_vec_pretty(&document(kept)).expect("it serialises");
    text.push(b'\n');
    text
}

/// The text of a parameter: one connection in the format of the file, without spaces.
pub(super) fn write_one(name: &ConnectionName, own: &Credentials) -> String {
    let one = Kept::from([(name.clone(), own.clone())]);
    #[allow(
        clippy::expect_used,
        reason = "derived types with string keys always serialise"
    )]
    serde_json::to_string(&document(&one)).expect("it serialises")
}

/// The connection of this name in a parameter's text.
#[cfg(feature = "aws")]
pub(super) fn read_one(name: &ConnectionName, text: &str) -> Result<Credentials, Misread> {
    let own = read(text.as_bytes())?.remove(name);
    own.ok_or_else(|| Misread::Wrong(format!("there is no connection `{name}` in it")))
}

/// An index of the connections of a single file or secret. The version of each is a digest of its credentials.
pub(super) fn index(kept: &Kept) -> Index {
    let mut index = Index::default();
    for (name, own) in kept {
        let hash = Sha256::digest(write_one(name, own));
        let version = hash.iter().take(size_of::<Version>());
        let version = version.fold(0, |version, byte| version << 8 | Version::from(*byte));
        index.set(name, version.max(1));
    }
    index
}

/// The only function that exposes the secrets, to write them.
fn document(kept: &Kept) -> Document {
    let signing = |webhook: &Webhook| Signing {
        endpoint: webhook.endpoint.clone(),
        secret: webhook.secret.expose().to_owned(),
    };
    let entry = |credentials: &Credentials| Entry {
        token: credentials
            .token
            .as_ref()
            .map(|token| token.expose_secret().to_owned()),
        install: credentials.install.clone(),
        organization: credentials.organization.clone(),
        webhooks: credentials.webhooks.iter().map(signing).collect(),
        projects: credentials.projects.clone(),
    };
    let connections = kept
        .iter()
        .map(|(name, credentials)| (name.clone(), entry(credentials)))
        .collect();
    Document {
        version: VERSION,
        connections,
    }
}
