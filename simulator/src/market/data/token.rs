//! Personal API tokens.

use jiff::Timestamp;
use serde::Serialize;

use super::scope::TokenScope;
use crate::kit::{
    clock::iso,
    shape::{Shape, has, or_null},
};

/// Maximum number of active tokens of an account.
pub(crate) const MOST_TOKENS: usize = 25;

pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret: String,
    pub(crate) scopes: Vec<TokenScope>,
    pub(crate) organization: String,
    pub(crate) user: String,
    pub(crate) created: Timestamp,
    pub(crate) last_used: Option<Timestamp>,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) revoked: Option<Timestamp>,
    /// Made before the account was claimed.
    pub(crate) unclaimed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TokenStatus {
    Active,
    Expired,
    Revoked,
}

/// `tokenRecord` of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenRecord {
    id: String,
    name: String,
    preview: String,
    scopes: Vec<TokenScope>,
    status: TokenStatus,
    organization_id: Option<String>,
    created_at: String,
    last_used_at: Option<String>,
    expires_at: Option<String>,
    revoked_at: Option<String>,
}

pub(crate) const RECORD: Shape = Shape::Named(
    "Token",
    &[&[
        has("id", Shape::Text),
        has("name", Shape::Text),
        has("preview", Shape::Text),
        has("scopes", Shape::List(&Shape::OneOf(&TokenScope::NAMES))),
        has("status", Shape::OneOf(&["active", "expired", "revoked"])),
        or_null("organizationId", Shape::Text),
        has("createdAt", Shape::Time),
        or_null("lastUsedAt", Shape::Time),
        or_null("expiresAt", Shape::Time),
        or_null("revokedAt", Shape::Time),
    ]],
);

impl Token {
    pub(crate) fn status(&self, now: Timestamp) -> TokenStatus {
        if self.revoked.is_some() {
            return TokenStatus::Revoked;
        }
        match self.expires {
            Some(expires) if now >= expires => TokenStatus::Expired,
            _ => TokenStatus::Active,
        }
    }

    pub(crate) fn record(&self, now: Timestamp) -> TokenRecord {
        TokenRecord {
            id: self.id.clone(),
            name: self.name.clone(),
            preview: preview(&self.secret),
            scopes: self.scopes.clone(),
            status: self.status(now),
            organization_id: Some(self.organization.clone()),
            created_at: iso(self.created),
            last_used_at: self.last_used.map(iso),
            expires_at: self.expires.map(iso),
            revoked_at: self.revoked.map(iso),
        }
    }
}

fn preview(secret: &str) -> String {
    let head: String = secret.chars().take(18).collect();
    let tail = secret.get(secret.len().saturating_sub(4)..);
    format!("{head}********{}", tail.unwrap_or_default())
}

/// The caller of a request with a valid token.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) organization: String,
    pub(crate) user: String,
    pub(crate) token: String,
    pub(crate) scopes: Vec<TokenScope>,
}
