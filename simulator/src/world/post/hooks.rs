//! Webhook endpoints that are added and found.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Post;
use crate::{
    kit::refusal::Refusal,
    model::{hook::Hook, letter::Channel},
};

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
