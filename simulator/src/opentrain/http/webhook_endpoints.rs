//! Endpoints 10 to 15.

use serde_json::{Value, json};

use super::Caller;
use crate::{
    fields::Fields,
    opentrain::world::World,
    post::{
        delivery::{Delivery, DeliveryStatus},
        hook::{EndpointStatus, Hook, check_types, check_url},
        letter::Channel,
    },
    refusal::Refusal,
    reply::{Answer, created, no_content, ok},
};

impl Caller<'_> {
    pub(super) fn create_webhook(&self, world: &mut World) -> Answer {
        let body = self.call.json()?;
        let fields = Fields::of(&body, &["url", "eventTypes"])?;
        let url = check_url(fields.required("url")?)?;
        let types = fields.texts("eventTypes")?.unwrap_or_default();
        let types = check_types(&types)?;
        let id = world
            .post
            .add_hook((Channel::Platform, &self.install), url, types, self.now);
        let hook = world.post.hook(&self.install, &id)?;
        created(json!({
            "webhookEndpoint": hook.view(),
            "secret": hook.secret,
            "message": "Store the secret now: it is not shown again.",
        }))
    }

    pub(super) fn list_webhooks(&self, world: &World) -> Answer {
        self.call.bare()?;
        let hooks = world.post.platform_hooks().rev();
        let own = hooks.filter(|hook| hook.owner == self.install);
        let own: Vec<_> = own.map(Hook::view).collect();
        ok(json!({"webhookEndpoints": own}))
    }

    pub(super) fn read_webhook(&self, world: &World, id: &str) -> Answer {
        self.call.bare()?;
        self.webhook(world, id)
    }

    /// Checks everything first: a refused update changes nothing.
    pub(super) fn update_webhook(&self, world: &mut World, id: &str) -> Answer {
        let body = self.call.json()?;
        let fields = Fields::of(&body, &["url", "eventTypes", "status"])?;
        let url = fields.text("url")?.map(check_url).transpose()?;
        let types = fields.texts("eventTypes")?;
        let types = types.map(|types| check_types(&types)).transpose()?;
        let status = fields.text("status")?.map(status).transpose()?;
        world.post.hook(&self.install, id)?;
        if let Some(hook) = world.post.hooks.get_mut(id) {
            hook.url = url.unwrap_or_else(|| hook.url.clone());
            hook.event_types = types.unwrap_or_else(|| hook.event_types.clone());
        }
        if let Some(status) = status {
            let change = (status, "disabled by the platform");
            world.post.set_status(id, change, self.now);
        }
        self.webhook(world, id)
    }

    pub(super) fn delete_webhook(&self, world: &mut World, id: &str) -> Answer {
        self.call.bare()?;
        world.post.hook(&self.install, id)?;
        world.post.give_up(id);
        world.post.hooks.remove(id);
        no_content()
    }

    pub(super) fn redeliver(&self, world: &mut World, id: &str) -> Answer {
        let body = self.call.json_or_nothing()?;
        let fields = Fields::of(&body, &["deliveryId"])?;
        let one = fields.text("deliveryId")?;
        let hook = world.post.hook(&self.install, id)?.view();
        let wanted = |own: &&Delivery| {
            let status = one.is_some() || own.status == DeliveryStatus::Failed;
            status && own.endpoint_id == id && one.is_none_or(|one| one == own.id)
        };
        let deliveries = world.post.deliveries.iter().filter(wanted);
        let ids: Vec<String> = deliveries.map(|own| own.id.clone()).collect();
        if one.is_some() && ids.is_empty() {
            return Err(Refusal::not_found("delivery"));
        }
        for id in &ids {
            world.post.requeue(id, self.now);
        }
        ok(json!({
            "webhookEndpoint": hook,
            "requeued": ids.len(),
            "message": "Tried at the next run, while the endpoint is ACTIVE.",
        }))
    }

    fn webhook(&self, world: &World, id: &str) -> Answer {
        let view: Value = json!(world.post.hook(&self.install, id)?.view());
        ok(json!({"webhookEndpoint": view}))
    }
}

fn status(text: &str) -> Result<EndpointStatus, Refusal> {
    match text {
        "ACTIVE" => Ok(EndpointStatus::Active),
        "DISABLED" => Ok(EndpointStatus::Disabled),
        _ => Err(Refusal::bad("status must be ACTIVE or DISABLED")),
    }
}
