//! Consent, installs and their tokens.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{app::DEFAULT_APP, scope::Scope};
use crate::kit::{
    clock::iso,
    shape::{Shape, has},
};

/// Default organisation.
pub const DEFAULT_ORGANIZATION: &str = "org_1";

/// Approval of a customer on the consent screen.
#[derive(Clone, Debug)]
pub struct ConsentOptions {
    /// Scopes of the install and its token.
    pub scopes: Vec<Scope>,
    /// Whether personal data may be shared.
    pub pii_consent: bool,
    /// The customer.
    pub organization: String,
    /// The platform's app.
    pub app_slug: String,
}

impl Default for ConsentOptions {
    fn default() -> Self {
        Self {
            scopes: Scope::ALL.to_vec(),
            pii_consent: true,
            organization: DEFAULT_ORGANIZATION.to_owned(),
            app_slug: DEFAULT_APP.to_owned(),
        }
    }
}

/// Result of the consent screen.
#[derive(Clone)]
pub struct Grant {
    /// The install, as in the redirect.
    pub install_id: String,
    /// The bearer token, which is only shown here.
    pub token: String,
}

impl fmt::Debug for Grant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Grant")
            .field("install_id", &self.install_id)
            .field("token", &"[redacted]")
            .finish()
    }
}

/// Status of an install.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum InstallStatus {
    /// It can be used.
    Active,
    /// The customer disconnected, or reconnected.
    Revoked,
}

pub(crate) struct Install {
    pub(crate) id: String,
    pub(crate) status: InstallStatus,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) pii_consent: bool,
    pub(crate) organization: String,
    pub(crate) app_slug: String,
    pub(crate) created_at: Timestamp,
    pub(crate) token_id: String,
    pub(crate) token_live: bool,
}

const SCOPES: Shape = Shape::List(&Shape::OneOf(&Scope::NAMES));
const APP: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("slug", Shape::Text),
    has("name", Shape::Text),
]);
const TOKEN: Shape = Shape::Object(&[
    has("id", Shape::Text),
    has("name", Shape::Text),
    has("scopes", SCOPES),
]);
/// The answer of [`Install::body`].
pub(crate) const INSTALL: Shape = Shape::Object(&[has(
    "install",
    Shape::Object(&[
        has("id", Shape::Text),
        has("status", Shape::OneOf(&["ACTIVE", "REVOKED"])),
        has("scopes", SCOPES),
        has("piiConsent", Shape::Flag),
        has("organizationId", Shape::Text),
        has("createdAt", Shape::Time),
        has("partnerApp", APP),
        has("token", TOKEN),
    ]),
)]);

impl Install {
    pub(crate) fn is_active(&self) -> bool {
        self.status == InstallStatus::Active
    }

    pub(crate) fn allows(&self, wanted: Scope) -> bool {
        self.scopes.iter().any(|scope| scope.covers(wanted))
    }

    pub(crate) fn sees_email(&self) -> bool {
        self.pii_consent && self.allows(Scope::ParticipantsEmail)
    }

    pub(crate) fn body(&self, app_name: &str) -> Value {
        json!({"install": {
            "id": self.id,
            "status": self.status,
            "scopes": self.scopes,
            "piiConsent": self.pii_consent,
            "organizationId": self.organization,
            "createdAt": iso(self.created_at),
            "partnerApp": {"id": "ptnapp_1", "slug": self.app_slug, "name": app_name},
            "token": {"id": self.token_id, "name": "Consent screen", "scopes": self.scopes},
        }})
    }
}
