//! Webhook endpoints.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr},
};

use jiff::Timestamp;
use serde::Serialize;
use url::{Host, Url};

use super::{Post, letter::Channel};
use crate::{
    clock::iso,
    opentrain::{OpenTrain, event::EventType, world::Misuse},
    refusal::Refusal,
};

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
    /// Permanently failed deliveries since the last success.
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

impl OpenTrain {
    /// Every webhook endpoint of every install, oldest first.
    pub fn endpoints(&self) -> Vec<WebhookEndpoint> {
        self.look(|world| world.post.platform_hooks().map(Hook::view).collect())
    }

    /// One webhook endpoint.
    pub fn endpoint(&self, id: &str) -> Result<WebhookEndpoint, Misuse> {
        let view = |hook: Option<&Hook>| hook.map(Hook::view);
        self.look(|world| {
            let mut hooks = world.post.platform_hooks();
            view(hooks.find(|hook| hook.id == id)).ok_or(Misuse::Unknown("endpoint"))
        })
    }
}

impl Post {
    /// Adds an endpoint. It gets later events only.
    pub(crate) fn add_hook(
        &mut self,
        (channel, owner): (Channel, &str),
        url: String,
        event_types: Vec<&'static str>,
        now: Timestamp,
    ) -> String {
        let secret = format!("whsec_{}", self.draw.hex::<24>());
        self.hooks.add(|id| Hook {
            id,
            channel,
            owner: owner.to_owned(),
            url,
            event_types,
            secret,
            created_at: now,
            consecutive_failures: 0,
            disabled: None,
            queue: BTreeSet::new(),
            in_flight: 0,
            fail_next: 0,
        })
    }

    /// Endpoints of installs, oldest first.
    pub(crate) fn platform_hooks(&self) -> impl DoubleEndedIterator<Item = &Hook> {
        let hooks = self.hooks.iter();
        hooks.filter(|hook| hook.channel == Channel::Platform)
    }

    /// An install's own endpoint.
    pub(crate) fn hook(&self, install: &str, id: &str) -> Result<&Hook, Refusal> {
        let hook = self.hooks.get(id);
        hook.filter(|hook| hook.channel == Channel::Platform && hook.owner == install)
            .ok_or_else(|| Refusal::not_found("webhook endpoint"))
    }
}

/// Https anywhere, or plain http on this machine. An error is the expectation.
pub(crate) fn check_url(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "is not a URL")?;
    if is_link_local(&url) {
        return Err("must not be a link-local address: clouds serve credentials there");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_local(&url) => Ok(()),
        _ => Err("must be https, or http on localhost"),
    }
}

/// 169.254.0.0/16, fe80::/10, and the IPv6 address of EC2's instance metadata.
fn is_link_local(url: &Url) -> bool {
    const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => ip.to_canonical(),
        Some(Host::Domain(_)) | None => return false,
    };
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip == METADATA,
    }
}

/// Whether deliveries are sent. The simulator calls no other machine.
pub(crate) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
