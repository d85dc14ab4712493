//! The install of a token: endpoint 1.

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::call::{Api, CHANGED, Call, Repeat};
use super::vocabulary::vocabulary;
use super::{OpenTrainError, PlatformClient, Scope};
use crate::http::Class;
use crate::model::ids::InstallId;
use crate::model::lenient;

vocabulary! {
    /// Status of an install.
    InstallStatus {
        /// The customer's consent is active.
        Active = "ACTIVE",
        /// The customer revoked the consent.
        Revoked = "REVOKED",
    }
}

/// One customer's consent to one app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Install {
    /// OpenTrain's id.
    pub id: InstallId,
    /// Status of the install.
    pub status: InstallStatus,
    /// Scopes that the customer approved.
    #[serde(default, deserialize_with = "lenient::list")]
    pub scopes: Vec<Scope>,
    /// Whether work e-mails may be shown. They also require the scope `participants:email`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub pii_consent: bool,
    /// The customer.
    #[serde(default, deserialize_with = "lenient::id_or_none")]
    pub organization_id: Option<String>,
    /// Time of the consent.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub created_at: Option<Timestamp>,
    /// The app.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub partner_app: Option<PartnerApp>,
    /// The token of this request.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub token: Option<TokenInfo>,
}

/// The platform's app at OpenTrain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerApp {
    /// OpenTrain's id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// The app's part of the consent link.
    #[serde(default, deserialize_with = "lenient::text")]
    pub slug: Option<String>,
    /// The name that customers see.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenInfo {
    /// OpenTrain's id.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// Its name on the consent screen.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// Its scopes.
    #[serde(default, deserialize_with = "lenient::list")]
    pub scopes: Vec<Scope>,
}

impl Install {
    /// Whether the token may have `scope`. A token without listed scopes has its install's. If neither lists any, the
    /// answers of OpenTrain decide.
    pub fn grants(&self, scope: &Scope) -> bool {
        self.listed().is_empty() || self.lists(scope)
    }

    /// Whether work e-mails are shown. Both the scope and the consent must be listed.
    pub fn shows_emails(&self) -> bool {
        self.pii_consent && self.lists(&Scope::ParticipantsEmail)
    }

    fn lists(&self, scope: &Scope) -> bool {
        self.listed().iter().any(|held| held.implies(scope))
    }

    fn listed(&self) -> &[Scope] {
        let own = self.token.as_ref().map(|token| &token.scopes);
        own.filter(|scopes| !scopes.is_empty())
            .unwrap_or(&self.scopes)
    }
}

#[derive(Deserialize)]
struct Current {
    install: Install,
}

static CURRENT: Call = Call {
    api: Api::Platform,
    method: Method::GET,
    scope: None,
    repeat: Repeat::Safe,
    class: Class::Look,
    missing: "Platform API at this address: check OPENTRAIN_BASE_URL",
    conflict: CHANGED,
};

impl PlatformClient {
    /// Reads the install of this token (endpoint 1). Proves that the token is valid.
    pub async fn install(&self) -> Result<Install, OpenTrainError> {
        Ok(self
            .ask(&CURRENT, &["installs", "current"])?
            .read::<Current>()
            .await?
            .install)
    }
}
