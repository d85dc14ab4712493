//! Endpoints 10 to 15.

use serde_json::{Value, json};

use super::caller::Caller;
use crate::{
    kit::{
        reply::{Answer, created, no_content, ok},
        schema::{Checked, Kind, Member, optional, required},
        shape::{Shape, has, or_null},
    },
    market::Market,
    model::{
        event::EventType,
        hook::{EndpointStatus, Hook},
        letter::Channel,
    },
};

pub(super) const NEW_ENDPOINT: [Member; 2] = [
    required("url", Kind::Hook),
    required("eventTypes", Kind::Names(&EventType::NAMES)),
];
pub(super) const CHANGED_ENDPOINT: [Member; 3] = [
    optional("url", Kind::Hook),
    optional("eventTypes", Kind::Names(&EventType::NAMES)),
    optional("status", Kind::OneOf(&EndpointStatus::NAMES)),
];
pub(super) const REDELIVERY: [Member; 1] = [optional("deliveryId", Kind::MaybeEmpty { most: 200 })];

const ENDPOINT: Shape = Shape::Named(
    "WebhookEndpoint",
    &[&[
        has("id", Shape::Text),
        has("url", Shape::Url),
        has("eventTypes", Shape::List(&Shape::OneOf(&EventType::NAMES))),
        has("status", Shape::OneOf(&EndpointStatus::NAMES)),
        has("createdAt", Shape::Time),
        has("consecutiveFailures", Shape::Whole),
        or_null("disabledAt", Shape::Time),
        or_null("disabledReason", Shape::Text),
    ]],
);
pub(super) const ONE: Shape = Shape::Object(&[has("webhookEndpoint", ENDPOINT)]);
pub(super) const MANY: Shape = Shape::Object(&[has("webhookEndpoints", Shape::List(&ENDPOINT))]);
pub(super) const NEW: Shape = Shape::Object(&[
    has("webhookEndpoint", ENDPOINT),
    has("secret", Shape::Text),
    has("message", Shape::Text),
]);
pub(super) const REQUEUED: Shape = Shape::Object(&[
    has("webhookEndpoint", ENDPOINT),
    has("requeued", Shape::Whole),
    has("message", Shape::Text),
]);

pub(super) fn create(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let body = caller.request.body()?;
    let (url, types) = (body.get("url").to_owned(), types(&body).unwrap_or_default());
    let owner = (Channel::Platform, caller.install.as_str());
    let id = market.world.post.add_hook(owner, url, types, caller.now());
    let hook = market.world.post.hook(&caller.install, &id)?;
    created(json!({
        "webhookEndpoint": hook.view(),
        "secret": hook.secret,
        "message": "Store the secret now: it is not shown again.",
    }))
}

pub(super) fn list(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let hooks = market.world.post.platform_hooks().rev();
    let own = hooks.filter(|hook| hook.owner == caller.install);
    let own: Vec<_> = own.map(Hook::view).collect();
    ok(json!({"webhookEndpoints": own}))
}

pub(super) fn read(caller: &Caller<'_>, market: &mut Market) -> Answer {
    webhook(caller, market, caller.id())
}

pub(super) fn update(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let (id, body) = (caller.id(), caller.request.body()?);
    let change = (body.text("url").map(str::to_owned), types(&body));
    market.world.post.change_hook(&caller.install, id, change)?;
    let status = body.text("status").map(EndpointStatus::named);
    if let Some(status) = status {
        let change = (status, "disabled by the platform");
        market.world.post.set_status(id, change, caller.now());
    }
    webhook(caller, market, id)
}

pub(super) fn delete(caller: &Caller<'_>, market: &mut Market) -> Answer {
    market
        .world
        .post
        .delete_hook(&caller.install, caller.id())?;
    no_content()
}

pub(super) fn redeliver(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let (id, body) = (caller.id(), caller.request.body()?);
    let post = &mut market.world.post;
    let hook = post.hook(&caller.install, id)?.view();
    let requeued = post.redeliver(id, body.text("deliveryId"), caller.now())?;
    ok(json!({
        "webhookEndpoint": hook,
        "requeued": requeued,
        "message": "Tried at the next run, while the endpoint is ACTIVE.",
    }))
}

fn webhook(caller: &Caller<'_>, market: &Market, id: &str) -> Answer {
    let view: Value = json!(market.world.post.hook(&caller.install, id)?.view());
    ok(json!({"webhookEndpoint": view}))
}

/// The event types of a body, if it has any.
fn types(body: &Checked) -> Option<Vec<&'static str>> {
    let names = body.texts("eventTypes")?;
    let known = names.into_iter().filter_map(EventType::parse);
    Some(known.map(EventType::as_str).collect())
}
