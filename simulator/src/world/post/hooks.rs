//! Adds, finds, changes and deletes webhook endpoints, and requeues their deliveries.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Post;
use crate::{
    kit::refusal::Refusal,
    model::{
        delivery::{Delivery, DeliveryStatus},
        hook::Hook,
        letter::Channel,
    },
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

    /// Changes the address and the types of an install's own endpoint, where they are given.
    pub(crate) fn change_hook(
        &mut self,
        install: &str,
        id: &str,
        (url, event_types): (Option<String>, Option<Vec<&'static str>>),
    ) -> Result<(), Refusal> {
        self.hook(install, id)?;
        if let Some(hook) = self.hooks.get_mut(id) {
            hook.url = url.unwrap_or_else(|| hook.url.clone());
            hook.event_types = event_types.unwrap_or_else(|| hook.event_types.clone());
        }
        Ok(())
    }

    /// Deletes an install's own endpoint. Its pending deliveries fail.
    pub(crate) fn delete_hook(&mut self, install: &str, id: &str) -> Result<(), Refusal> {
        self.hook(install, id)?;
        self.give_up(id);
        self.hooks.remove(id);
        Ok(())
    }

    /// Requeues one delivery of an endpoint, or all failed ones. Returns their number.
    pub(crate) fn redeliver(
        &mut self,
        endpoint: &str,
        one: Option<&str>,
        now: Timestamp,
    ) -> Result<usize, Refusal> {
        let wanted = |own: &&Delivery| {
            let status = one.is_some() || own.status == DeliveryStatus::Failed;
            status && own.endpoint_id == endpoint && one.is_none_or(|one| one == own.id)
        };
        let deliveries = self.deliveries.iter().filter(wanted);
        let ids: Vec<String> = deliveries.map(|own| own.id.clone()).collect();
        if one.is_some() && ids.is_empty() {
            return Err(Refusal::not_found("delivery"));
        }
        for id in &ids {
            self.requeue(id, now);
        }
        Ok(ids.len())
    }
}
