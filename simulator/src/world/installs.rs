//! Consent, revocation and access of installs.

use jiff::Timestamp;
use serde_json::json;

use super::World;
use crate::{
    kit::refusal::Refusal,
    model::{
        event::{Draft, EventType},
        install::{ConsentOptions, Grant, Install, InstallStatus},
        misuse::Misuse,
        scope::Scope,
    },
};

impl World {
    /// Name of an app, or the slug if the app is not registered.
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

    /// The install of a token that is valid and has this scope. A revoked token or install is a 401, a missing
    /// permission a 403.
    pub(crate) fn authorize(&self, token: &str, scope: Option<Scope>) -> Result<String, Refusal> {
        let install = self.tokens.get(token);
        let install = install.and_then(|id| self.installs.get(id));
        let install = install
            .filter(|own| own.token_live && own.is_active())
            .ok_or_else(|| Refusal::unauthorized("the token is not valid"))?;
        if !self.app_active {
            return Err(Refusal::forbidden("the app is not active"));
        }
        if self.disabled_features.contains(&install.organization) {
            return Err(Refusal::forbidden("the feature is not enabled"));
        }
        if let Some(scope) = scope.filter(|scope| !install.allows(*scope)) {
            let message = format!("the token lacks the scope {}", scope.as_str());
            return Err(Refusal::forbidden(message));
        }
        Ok(install.id.clone())
    }
}
