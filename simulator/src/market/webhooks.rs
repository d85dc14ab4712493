//! Webhooks of employers.

use jiff::Timestamp;
use serde_json::json;

use super::{Market, conflict};
use crate::{
    kit::refusal::Refusal,
    model::{hook::Hook, letter::Channel},
};

const MOST_WEBHOOKS: usize = 10;

impl Market {
    /// The organisation's webhooks, oldest first.
    pub(crate) fn webhooks_of<'a>(
        &'a self,
        organization: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Hook> + 'a {
        let hooks = self.world.post.hooks.iter();
        hooks.filter(move |own| own.channel == Channel::Public && own.owner == organization)
    }

    pub(crate) fn own_webhook(&self, organization: &str, id: &str) -> Result<&Hook, Refusal> {
        let hook = self.world.post.hooks.get(id);
        let hook = hook.filter(|own| own.channel == Channel::Public && own.owner == organization);
        hook.ok_or_else(|| {
            let details = json!({"resource": "webhooks", "webhookId": id});
            Refusal::not_found("webhook").with_details(details)
        })
    }

    /// Adds a webhook. Returns its id.
    pub(crate) fn add_webhook(
        &mut self,
        organization: &str,
        url: String,
        event_types: Vec<&'static str>,
        now: Timestamp,
    ) -> Result<String, Refusal> {
        if self.webhooks_of(organization).count() >= MOST_WEBHOOKS {
            let message = format!("an account has at most {MOST_WEBHOOKS} webhooks");
            return Err(conflict("webhook_limit_reached", &message));
        }
        let owner = (Channel::Public, organization);
        Ok(self.world.post.add_hook(owner, url, event_types, now))
    }
}
