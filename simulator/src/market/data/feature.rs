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

    pub(crate) const NAMES: [&'static str; 8] = [
        "public_api_job_drafting",
        "public_api_job_publishing",
        "public_api_hiring",
        "public_api_messaging_writes",
        "public_api_team",
        "public_api_payments_write",
        "public_api_credits",
        "public_api_webhooks",
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES[self as usize]
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
    pub(crate) const MODES: [&'static str; 2] = ["ALL", "ALLOWLIST"];

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
