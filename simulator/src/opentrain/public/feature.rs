//! Feature flags of the Public API.

use std::collections::BTreeSet;

use serde::Serialize;

/// A part of the Public API that is enabled per employer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) enum Feature {
    #[serde(rename = "public_api_job_drafting")]
    JobDrafting,
    #[serde(rename = "public_api_job_publishing")]
    JobPublishing,
    #[serde(rename = "public_api_hiring")]
    Hiring,
    #[serde(rename = "public_api_messaging_writes")]
    MessagingWrites,
    #[serde(rename = "public_api_team")]
    Team,
    #[serde(rename = "public_api_payments_write")]
    PaymentsWrite,
    #[serde(rename = "public_api_credits")]
    Credits,
    #[serde(rename = "public_api_webhooks")]
    Webhooks,
}

use Feature::*;

impl Feature {
    pub(crate) const ALL: [Self; 8] = [
        JobDrafting,
        JobPublishing,
        Hiring,
        MessagingWrites,
        Team,
        PaymentsWrite,
        Credits,
        Webhooks,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            JobDrafting => "public_api_job_drafting",
            JobPublishing => "public_api_job_publishing",
            Hiring => "public_api_hiring",
            MessagingWrites => "public_api_messaging_writes",
            Team => "public_api_team",
            PaymentsWrite => "public_api_payments_write",
            Credits => "public_api_credits",
            Webhooks => "public_api_webhooks",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }

    /// Its members of `capabilities`.
    pub(crate) fn capabilities(self) -> &'static [&'static str] {
        match self {
            JobDrafting => &["draftImport", "draftCreate", "draftUpdate", "draftUrlRead"],
            JobPublishing => &["publish"],
            Hiring => &["hiring"],
            MessagingWrites => &["messagingWrites"],
            Team => &["team"],
            PaymentsWrite => &["paymentsWrite"],
            Credits => &["credits"],
            Webhooks => &["webhooks"],
        }
    }
}

/// Employers that have a feature.
#[derive(Clone, Debug, Default)]
pub(crate) enum Rollout {
    #[default]
    All,
    /// These organisations only.
    Allowlist(BTreeSet<String>),
}

impl Rollout {
    pub(crate) fn reaches(&self, organization: &str) -> bool {
        match self {
            Self::All => true,
            Self::Allowlist(list) => list.contains(organization),
        }
    }

    pub(crate) fn mode(&self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Allowlist(_) => "ALLOWLIST",
        }
    }
}
