//! Webhooks of the Public API: another kind than the Platform API's, delivered by the same engine.

use serde_json::{Value, json};

use super::caller::{Caller, lacks};
use crate::{
    clock::iso,
    opentrain::{
        public::{
            market::conflict,
            schema::at,
            scope::{TokenScope, grants},
            update::UpdateKind,
        },
        world::World,
    },
    post::{
        hook::{Hook, check_url},
        letter::Channel,
    },
    refusal::Refusal,
    reply::{Answer, created, ok},
};

const MOST_WEBHOOKS: usize = 10;

pub(super) fn create(caller: &Caller<'_>, world: &mut World) -> Answer {
    let body = caller.request.body()?;
    let url = check_url(body.get("url"))?;
    let types = event_types(caller, &body.texts("eventTypes").unwrap_or_default())?;
    let organization = caller.organization();
    if own_hooks(world, organization).count() >= MOST_WEBHOOKS {
        let message = format!("an account has at most {MOST_WEBHOOKS} webhooks");
        return Err(conflict("webhook_limit_reached", &message));
    }
    let owner = (Channel::Public, organization);
    let id = world.post.add_hook(owner, url, types, caller.now());
    let hook = own_hook(world, organization, &id)?;
    created(json!({
        "webhook": body_of(hook),
        "secret": hook.secret,
        "message": "Store the secret now: it is not shown again.",
    }))
}

/// Known types, each once, whose read scopes the caller has.
fn event_types(caller: &Caller<'_>, names: &[&str]) -> Result<Vec<&'static str>, Refusal> {
    let kinds: Option<Vec<UpdateKind>> = names.iter().map(|name| UpdateKind::parse(name)).collect();
    let Some(kinds) = kinds.filter(|kinds| !kinds.is_empty()) else {
        return Err(at("eventTypes", "must hold known event types"));
    };
    let scopes: Vec<TokenScope> = kinds.iter().map(|kind| kind.scope()).collect();
    let mut missing: Vec<TokenScope> = scopes
        .into_iter()
        .filter(|scope| !grants(&caller.actor.scopes, *scope))
        .collect();
    missing.sort();
    missing.dedup();
    if !missing.is_empty() {
        return Err(lacks(&caller.actor.scopes, &missing));
    }
    let wanted = |kind: &UpdateKind| kinds.contains(kind);
    let merged = UpdateKind::ALL.into_iter().filter(wanted);
    Ok(merged.map(UpdateKind::as_str).collect())
}

fn own_hooks<'w>(
    world: &'w World,
    organization: &'w str,
) -> impl DoubleEndedIterator<Item = &'w Hook> + 'w {
    let hooks = world.post.hooks.iter();
    hooks.filter(move |own| own.channel == Channel::Public && own.owner == organization)
}

fn own_hook<'w>(world: &'w World, organization: &str, id: &str) -> Result<&'w Hook, Refusal> {
    let hook = world.post.hooks.get(id);
    let hook = hook.filter(|own| own.channel == Channel::Public && own.owner == organization);
    hook.ok_or_else(|| {
        let details = json!({"resource": "webhooks", "webhookId": id});
        Refusal::not_found("webhook").with_details(details)
    })
}

fn body_of(hook: &Hook) -> Value {
    let disabled = hook.disabled.as_ref();
    json!({
        "id": hook.id,
        "url": hook.url,
        "eventTypes": hook.event_types,
        "status": if disabled.is_none() { "ACTIVE" } else { "DISABLED" },
        "createdAt": iso(hook.created_at),
        "disabledAt": disabled.map(|(at, _)| iso(*at)),
        "disabledReason": disabled.map(|(_, reason)| reason),
    })
}

pub(super) fn list(caller: &Caller<'_>, world: &mut World) -> Answer {
    let hooks = own_hooks(world, caller.organization()).rev();
    let hooks: Vec<Value> = hooks.map(body_of).collect();
    ok(json!({"webhooks": hooks}))
}

pub(super) fn read(caller: &Caller<'_>, world: &mut World) -> Answer {
    let hook = own_hook(world, caller.organization(), caller.id())?;
    ok(json!({"webhook": body_of(hook)}))
}

/// The deliveries of a deleted webhook go with it.
pub(super) fn delete(caller: &Caller<'_>, world: &mut World) -> Answer {
    let body = body_of(own_hook(world, caller.organization(), caller.id())?);
    world.post.forget(caller.id());
    ok(json!({"webhook": body, "deleted": true}))
}
