//! Makes, lists and revokes links by which customers connect.

use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::ledger::audit::{AuditEvent, Entry};
use shared::ledger::{Ledger, OnboardingLink, OnboardingState};
use shared::model::ConnectionName;
use shared::model::clock::{Clock, SystemClock};
use shared::model::ids::ProjectId;

use super::entry::action;
use crate::web::signed;

/// Time that a link works.
const LASTS: Duration = Duration::from_secs(7 * 24 * 3600);

/// An order about links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Onboard {
    /// Make a link, which replaces an open one.
    Make(NewLink),
    List,
    Revoke {
        connection: ConnectionName,
    },
}

/// A link to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLink {
    pub connection: ConnectionName,
    pub project: Option<ProjectId>,
    pub url: String,
    pub app: String,
    pub from: String,
}

/// Output of `bridge onboard`: a link that was made. Not `Debug`: the link is a secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Made {
    pub connection: ConnectionName,
    /// The address for the customer.
    pub link: String,
    pub expires_at: Timestamp,
    /// The redirect address that has to be registered with the app.
    pub redirect_uri: String,
}

/// Output of `bridge onboard --list`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listed {
    pub links: Vec<ListedLink>,
}

/// Output of `bridge onboard --revoke`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Revoked {
    pub revoked: ConnectionName,
}

/// A link in a list. It has no signature, so it can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedLink {
    pub connection: ConnectionName,
    pub project: Option<ProjectId>,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: OnboardingState,
    /// The organisation that has used it, if OpenTrain names it.
    pub organization: Option<String>,
}

/// Address to which OpenTrain sends the customer back.
pub(crate) fn redirect_uri(url: &str) -> String {
    format!("{url}/onboard/back")
}

impl Onboard {
    /// The entry of the audit record.
    pub(crate) fn entry(&self) -> Option<Entry> {
        match self {
            Self::Make(new) => Some(Entry {
                project: new.project.clone(),
                ..action(AuditEvent::OperatorOnboard, &new.connection)
            }),
            Self::Revoke { connection } => {
                Some(action(AuditEvent::OperatorOnboardRevoke, connection))
            }
            Self::List => None,
        }
    }

    pub(crate) async fn carry_out(&self, ledger: &Ledger) -> anyhow::Result<Value> {
        let now = SystemClock.now();
        let outcome = match self {
            Self::Make(new) => serde_json::to_value(make(new, ledger, now).await?),
            Self::List => {
                let links = ledger.onboarding_links().await?;
                let rows: Vec<_> = links.iter().map(|link| listed(link, now)).collect();
                serde_json::to_value(rows)
            }
            Self::Revoke { connection } => {
                serde_json::to_value(ledger.revoke_onboarding_links(connection).await?)
            }
        };
        outcome.context("the outcome can't be written as JSON")
    }
}

async fn make(new: &NewLink, ledger: &Ledger, now: Timestamp) -> anyhow::Result<Made> {
    let key = ledger.onboarding_key().await?;
    let link = OnboardingLink::new(signed::new_id(), new.connection.clone(), now, LASTS);
    let link = OnboardingLink {
        project: new.project.clone(),
        url: new.url.clone(),
        app: new.app.clone(),
        from: new.from.clone(),
        ..link
    };
    ledger.add_onboarding_link(&link).await?;
    Ok(Made {
        connection: link.connection.clone(),
        link: format!("{}/onboard/{}", link.url, signed::token(&key, &link)),
        expires_at: link.expires_at,
        redirect_uri: redirect_uri(&link.url),
    })
}

fn listed(link: &OnboardingLink, now: Timestamp) -> ListedLink {
    let claim = link.claim.as_ref().filter(|it| it.stored);
    ListedLink {
        connection: link.connection.clone(),
        project: link.project.clone(),
        made_at: link.made_at,
        expires_at: link.expires_at,
        state: link.state(now),
        organization: claim.and_then(|it| it.organization.clone()),
    }
}
