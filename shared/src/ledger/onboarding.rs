//! Links with which customers connect themselves, and the key that signs them.
//!
//! A link works until a token is stored with it, or until it expires. Only one browser can use it: the claim is a
//! conditional write. A claim without a stored token was left by a process that died in between; the same browser may
//! try again.

mod key;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use key::OnboardingKey;

use super::{Key, Ledger, LedgerError};
use crate::model::ConnectionName;
use crate::model::clock::after;
use crate::model::ids::{InstallId, ProjectId};

const PARTITION: &str = "ONBOARDING";

/// Maximum number of tokens that may be tried with a link within [`TRIES_WITHIN`].
pub const MOST_TRIES: u32 = 10;

/// Period of [`MOST_TRIES`].
pub const TRIES_WITHIN: Duration = Duration::from_secs(3600);

/// Time that a link's row is kept after its expiry, for `bridge onboard --list`.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// A link for one customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnboardingLink {
    /// Random id.
    pub id: String,
    /// The connection under which the customer's token is stored.
    pub connection: ConnectionName,
    /// The project in the tool to which the customer may link a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Public URL of the bridge, without a slash at the end.
    pub url: String,
    /// The platform's app at OpenTrain.
    pub app: String,
    /// The operator's name for customers.
    pub from: String,
    /// When the operator made it.
    pub made_at: Timestamp,
    /// Time from which it no longer works.
    pub expires_at: Timestamp,
    /// When the operator revoked it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// The browser that used it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<OnboardingClaim>,
    /// Tokens that were tried.
    #[serde(default)]
    pub tries: Tries,
}

/// The use of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnboardingClaim {
    /// SHA-256 of the browser's secret.
    pub browser: String,
    /// The install of the token.
    pub install: InstallId,
    /// The customer's organisation, if OpenTrain names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Time of the claim.
    pub at: Timestamp,
    /// Whether the token is stored.
    pub stored: bool,
}

/// Tokens that were tried since a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    since: Option<Timestamp>,
    count: u32,
}

/// State of a link.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnboardingState {
    /// It can be used.
    Open,
    /// A token was stored.
    Used,
    /// An operator revoked it, or made a newer one for the same connection.
    Revoked,
    /// It is too old.
    Expired,
}

impl OnboardingLink {
    /// A link that no browser has used.
    pub fn new(
        id: String,
        connection: ConnectionName,
        made_at: Timestamp,
        lasts: Duration,
    ) -> Self {
        Self {
            id,
            connection,
            project: None,
            url: String::new(),
            app: String::new(),
            from: String::new(),
            made_at,
            expires_at: after(made_at, lasts),
            revoked_at: None,
            claim: None,
            tries: Tries::default(),
        }
    }

    /// Its state at `now`.
    pub fn state(&self, now: Timestamp) -> OnboardingState {
        match &self.claim {
            _ if self.revoked_at.is_some() => OnboardingState::Revoked,
            Some(claim) if claim.stored => OnboardingState::Used,
            _ if self.expires_at <= now => OnboardingState::Expired,
            _ => OnboardingState::Open,
        }
    }

    /// Whether this browser has used it.
    pub fn is_of(&self, browser: &str) -> bool {
        self.claim.as_ref().is_some_and(|it| it.browser == browser)
    }

    /// Counts a token. Returns whether it may be tried.
    fn count_try(&mut self, now: Timestamp) -> bool {
        let is_over = |since| after(since, TRIES_WITHIN) <= now;
        if self.tries.since.is_none_or(is_over) {
            self.tries = Tries {
                since: Some(now),
                count: 0,
            };
        }
        self.tries.count = self.tries.count.saturating_add(1);
        self.tries.count <= MOST_TRIES
    }

    /// Whether this browser may store its token now.
    fn is_free_for(&self, browser: &str, now: Timestamp) -> bool {
        let is_own = self.claim.as_ref().is_none_or(|it| it.browser == browser);
        is_own && self.state(now) == OnboardingState::Open
    }
}

impl Ledger {
    /// The key of this ledger's links. The first call makes it.
    pub async fn onboarding_key(&self) -> Result<OnboardingKey, LedgerError> {
        let key = Key::new(PARTITION, "KEY");
        let bytes: [u8; 32] = rand::random();
        let new = hex::encode(bytes);
        let text = self
            .modify(&key, |old: Option<String>| match old {
                Some(old) => (None, old),
                None => (Some(new.clone()), new.clone()),
            })
            .await?;
        Ok(OnboardingKey::of(&text))
    }

    /// Records a new link, and revokes the connection's open links.
    pub async fn add_onboarding_link(&self, link: &OnboardingLink) -> Result<(), LedgerError> {
        self.revoke_onboarding_links(&link.connection).await?;
        let change = |_: Option<OnboardingLink>| (Some(link.clone()), ());
        self.modify_until(&key(&link.id), kept_until(link), change)
            .await
    }

    /// A link.
    pub async fn onboarding_link(&self, id: &str) -> Result<Option<OnboardingLink>, LedgerError> {
        self.row(&key(id)).await
    }

    /// All links, oldest first.
    pub async fn onboarding_links(&self) -> Result<Vec<OnboardingLink>, LedgerError> {
        let mut links: Vec<OnboardingLink> = self.rows(PARTITION, "LINK#").await?;
        links.sort_by_key(|link| link.made_at);
        Ok(links)
    }

    /// Revokes the open links of a connection. Returns how many there were.
    pub async fn revoke_onboarding_links(
        &self,
        connection: &ConnectionName,
    ) -> Result<usize, LedgerError> {
        let now = self.clock.now();
        let mut revoked = 0;
        for link in self.onboarding_links().await? {
            if link.connection != *connection {
                continue;
            }
            let change = |link: &mut OnboardingLink| {
                let is_open = link.state(now) == OnboardingState::Open;
                if is_open {
                    link.revoked_at = Some(now);
                }
                is_open
            };
            revoked += usize::from(self.change_onboarding_link(&link, change).await?);
        }
        Ok(revoked)
    }

    /// Counts a token. Returns whether it may be tried.
    pub async fn try_onboarding(
        &self,
        link: &OnboardingLink,
        now: Timestamp,
    ) -> Result<bool, LedgerError> {
        self.change_onboarding_link(link, |link| link.count_try(now))
            .await
    }

    /// Claims the link for a browser. Returns false if it is claimed by another one, or no longer open.
    pub async fn claim_onboarding(
        &self,
        link: &OnboardingLink,
        claim: &OnboardingClaim,
    ) -> Result<bool, LedgerError> {
        let change = |link: &mut OnboardingLink| {
            let is_free = link.is_free_for(&claim.browser, claim.at);
            if is_free {
                link.claim = Some(claim.clone());
            }
            is_free
        };
        self.change_onboarding_link(link, change).await
    }

    /// Records whether the claim's token is stored. Without it, the link is open again.
    pub async fn finish_onboarding(
        &self,
        link: &OnboardingLink,
        browser: &str,
        is_stored: bool,
    ) -> Result<(), LedgerError> {
        let change =
            |link: &mut OnboardingLink| match link.claim.take_if(|it| it.browser == browser) {
                Some(claim) if is_stored => {
                    link.claim = Some(OnboardingClaim {
                        stored: true,
                        ..claim
                    });
                }
                _ => {}
            };
        self.change_onboarding_link(link, change).await
    }

    async fn change_onboarding_link<R>(
        &self,
        link: &OnboardingLink,
        change: impl Fn(&mut OnboardingLink) -> R + Send + Sync,
    ) -> Result<R, LedgerError> {
        let apply = |old: Option<OnboardingLink>| {
            let was = old.unwrap_or_else(|| link.clone());
            let mut now = was.clone();
            let result = change(&mut now);
            ((now != was).then_some(now), result)
        };
        self.modify_until(&key(&link.id), kept_until(link), apply)
            .await
    }
}

fn kept_until(link: &OnboardingLink) -> Option<Timestamp> {
    Some(after(link.expires_at, KEPT))
}

fn key(id: &str) -> Key {
    Key::new(PARTITION, format!("LINK#{id}"))
}
