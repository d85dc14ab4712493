//! The two kinds of tokens.
//!
//! A legacy token is sent in the header unchanged. A personal access token has three dot-separated parts, and can only
//! be exchanged for access tokens, which live for 300 s.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::outcome::{no_answer, odd_id, operator};
use shared::http::{Credential, CredentialError, Http};
use shared::model::clock::{Clock, after};
use shared::tool::ToolError;

/// Time for which an access token is used. It is valid for 300 s; the rest is for the call that uses it.
const FRESH: Duration = Duration::from_secs(240);

/// A token.
pub(super) enum Token {
    /// Sent unchanged.
    Legacy(Credential),
    /// Exchanged for access tokens.
    Personal {
        refresh: SecretString,
        access: Mutex<Option<Access>>,
    },
}

/// An access token, and its time of expiry.
#[derive(Clone)]
pub(super) struct Access {
    credential: Credential,
    until: Timestamp,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Legacy(_) => "Legacy(…)",
            Self::Personal { .. } => "Personal(…)",
        })
    }
}

#[derive(Deserialize)]
struct Refreshed {
    access: String,
}

impl Token {
    /// Detects the kind by the token's form.
    pub(super) fn new(token: &SecretString) -> Result<Self, CredentialError> {
        let legacy = Credential::new("Token", token)?;
        let parts = token.expose_secret().split('.');
        Ok(match parts.filter(|part| !part.is_empty()).count() {
            3 => Self::Personal {
                refresh: token.clone(),
                access: Mutex::new(None),
            },
            _ => Self::Legacy(legacy),
        })
    }

    /// The credential of a call.
    pub(super) async fn credential(
        &self,
        http: &Http,
        clock: &Arc<dyn Clock>,
    ) -> Result<Credential, ToolError> {
        let (refresh, access) = match self {
            Self::Legacy(credential) => return Ok(credential.clone()),
            Self::Personal { refresh, access } => (refresh, access),
        };
        // Locked during the exchange: concurrent calls use the same access token.
        let mut access = access.lock().await;
        let now = clock.now();
        if let Some(known) = access.as_ref().filter(|known| now < known.until) {
            return Ok(known.credential.clone());
        }
        let credential = exchange(http, refresh).await?;
        *access = Some(Access {
            credential: credential.clone(),
            until: after(now, FRESH),
        });
        Ok(credential)
    }

    /// Discards a refused access token. Returns false if a new one would not help.
    pub(super) async fn renew(&self) -> bool {
        match self {
            Self::Legacy(_) => false,
            Self::Personal { access, .. } => access.lock().await.take().is_some(),
        }
    }
}

async fn exchange(http: &Http, refresh: &SecretString) -> Result<Credential, ToolError> {
    let mut url = http.url(&["api", "token", "refresh"]).map_err(odd_id)?;
    url.set_path(&format!("{}/", url.path()));
    let body = json!({ "refresh": refresh.expose_secret() });
    let answer = http.post_unsigned(url, &body).await.map_err(no_answer)?;
    let dead = "Label Studio refuses our personal access token: make a new one (Account & Settings, as the \
                organisation's creator) and set TOOL_API_TOKEN to it";
    match answer.status.as_u16() {
        400 | 401 => Err(operator(format!("{dead} ({})", answer.status.as_u16()))),
        200 => {
            let fresh: Refreshed = super::call::read(&answer)?;
            Credential::bearer(&SecretString::from(fresh.access)).map_err(|_| operator(dead))
        }
        _ => Err(super::call::refused(http, &answer, &[])),
    }
}
