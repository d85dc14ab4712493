//! Webhook endpoints.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::{event::EventType, letter::Channel};
use crate::kit::{address::is_local, clock::iso};

const MOST_FAILURES: u32 = 10;

/// Status of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EndpointStatus {
    /// Gets deliveries.
    Active,
    /// Gets no deliveries.
    Disabled,
}

impl EndpointStatus {
    pub(crate) const NAMES: [&str; 2] = ["ACTIVE", "DISABLED"];

    /// The status with this name.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "ACTIVE" => Self::Active,
            _ => Self::Disabled,
        }
    }
}

/// A webhook endpoint, in the API's format.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookEndpoint {
    /// The id.
    pub id: String,
    /// URL for deliveries.
    pub url: String,
    /// Subscribed types.
    pub event_types: Vec<EventType>,
    /// Its status.
    pub status: EndpointStatus,
    /// Time of creation.
    pub created_at: String,
    /// Failures since the last success, counted as [`Options::failures`](crate::Options::failures) defines.
    pub consecutive_failures: u32,
    /// Time of disabling.
    pub disabled_at: Option<String>,
    /// Reason for disabling.
    pub disabled_reason: Option<String>,
}

pub(crate) struct Hook {
    pub(crate) id: String,
    pub(crate) channel: Channel,
    /// The install, or the employer's organisation.
    pub(crate) owner: String,
    pub(crate) url: String,
    pub(crate) event_types: Vec<&'static str>,
    pub(crate) secret: String,
    pub(crate) created_at: Timestamp,
    pub(crate) consecutive_failures: u32,
    pub(crate) disabled: Option<(Timestamp, String)>,
    /// Pending deliveries by due time, then by age.
    pub(crate) queue: BTreeSet<(Timestamp, u64, String)>,
    pub(crate) in_flight: usize,
    /// Number of attempts that fail without being sent.
    pub(crate) fail_next: u32,
}

impl Hook {
    pub(crate) fn is_active(&self) -> bool {
        self.disabled.is_none()
    }

    pub(crate) fn status(&self) -> EndpointStatus {
        match self.disabled {
            None => EndpointStatus::Active,
            Some(_) => EndpointStatus::Disabled,
        }
    }

    /// Whether its deliveries are sent.
    pub(crate) fn is_local(&self) -> bool {
        Url::parse(&self.url).is_ok_and(|url| is_local(&url))
    }

    pub(crate) fn first_due(&self) -> Option<Timestamp> {
        self.queue.first().map(|first| first.0)
    }

    /// Counts a failure. Returns whether the limit is reached.
    pub(crate) fn count_failure(&mut self) -> bool {
        self.consecutive_failures += 1;
        self.is_active() && self.consecutive_failures >= MOST_FAILURES
    }

    fn types(&self) -> Vec<EventType> {
        let types = self.event_types.iter();
        types.filter_map(|name| EventType::parse(name)).collect()
    }

    pub(crate) fn view(&self) -> WebhookEndpoint {
        WebhookEndpoint {
            id: self.id.clone(),
            url: self.url.clone(),
            event_types: self.types(),
            status: self.status(),
            created_at: iso(self.created_at),
            consecutive_failures: self.consecutive_failures,
            disabled_at: self.disabled.as_ref().map(|(at, _)| iso(*at)),
            disabled_reason: self.disabled.as_ref().map(|(_, reason)| reason.clone()),
        }
    }
}
