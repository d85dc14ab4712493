//! Consent, installs and their tokens.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Misuse, OpenTrain, Scope,
    app::DEFAULT_APP,
    event::{Draft, EventType},
    world::World,
};
use crate::kit::{
    clock::iso,
    shape::{Shape, has},
};

pub use super::public::account::DEFAULT_ORGANIZATION;

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
    token_id: String,
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

impl OpenTrain {
    /// A customer approves the app. Creates an install and its token.
    pub fn consent(&self, options: ConsentOptions) -> Grant {
        let now = self.now();
        self.change(|world| world.consent(options, now))
    }

    /// The customer disconnects: the token is revoked, and `install.revoked` is emitted.
    ///
    /// A reconnect is this and another consent: links and endpoints remain with the old install.
    pub fn revoke_install(&self, install_id: &str) -> Result<(), Misuse> {
        let now = self.now();
        self.change(|world| world.revoke(install_id, now))
    }

    /// Revokes an install's token and does not change the install.
    pub fn revoke_token(&self, install_id: &str) -> Result<(), Misuse> {
        self.change(|world| {
            let install = world.installs.get_mut(install_id);
            install.ok_or(Misuse::Unknown("install"))?.token_live = false;
            Ok(())
        })
    }

    /// Deactivates or reactivates the app. While it is inactive, each request is refused.
    pub fn set_app_active(&self, active: bool) {
        self.change(|world| world.app_active = active);
    }

    /// Enables or disables the partner feature for one organisation's installs.
    pub fn set_feature_enabled(&self, organization: &str, enabled: bool) {
        self.change(|world| match enabled {
            true => world.disabled_features.remove(organization),
            false => world.disabled_features.insert(organization.to_owned()),
        });
    }
}

impl World {
    /// Name of an app; the slug of one that is not registered.
    pub(crate) fn app_name<'a>(&'a self, slug: &'a str) -> &'a str {
        self.apps.get(slug).map_or(slug, |app| &app.name)
    }

    pub(crate) fn consent(&mut self, options: ConsentOptions, now: Timestamp) -> Grant {
        let token = format!("ot_ptk_sandbox{}", self.draw.hex::<20>());
        let install_id = self.installs.add(|id| Install {
            token_id: id.replace("ins_", "tok_"),
            id,
            status: InstallStatus::Active,
            scopes: options.scopes,
            pii_consent: options.pii_consent,
            organization: options.organization,
            app_slug: options.app_slug,
            created_at: now,
            token_live: true,
        });
        self.tokens.insert(token.clone(), install_id.clone());
        Grant { install_id, token }
    }

    pub(crate) fn revoke(&mut self, id: &str, now: Timestamp) -> Result<(), Misuse> {
        let install = self
            .installs
            .get_mut(id)
            .ok_or(Misuse::Unknown("install"))?;
        if !install.is_active() {
            return Err(Misuse::AlreadyDone("the install is revoked"));
        }
        // The event is emitted while the install is active: a revoked one gets none.
        let data = json!({"install": {"id": id, "status": InstallStatus::Revoked}});
        self.emit(id, Draft::new(EventType::InstallRevoked, id, data), now);
        if let Some(install) = self.installs.get_mut(id) {
            install.status = InstallStatus::Revoked;
            install.token_live = false;
        }
        Ok(())
    }
}
