//! Webhooks of the Public API: another kind than the Platform API's, delivered by the same engine.

use serde_json::{Value, json};

use super::{
    access::{PublicCall, PublicGroup},
    caller::{Caller, lacks},
};
use crate::{
    http::{
        bodies::WEBHOOK,
        operation::{Body, Group},
    },
    kit::{
        clock::iso,
        refusal::Refusal,
        reply::{Answer, created, ok},
        shape::{Refused, Reply, Shape, has, or_null},
    },
    market::{
        Market,
        data::{
            feature::Feature,
            scope::{TokenScope, grants},
            update::UpdateKind,
        },
    },
    model::hook::Hook,
};

const SCOPE: &[TokenScope] = &[TokenScope::WebhooksManage];

pub(super) const GROUP: PublicGroup = Group {
    tag: "Webhooks",
    calls: &[
        PublicCall::token(
            "createWebhook",
            ("POST", "/webhooks"),
            "Subscribe to events; the secret is shown here alone",
            create,
        )
        .scope(SCOPE)
        .feature(Feature::Webhooks)
        .body(Body::Json(&WEBHOOK))
        .answers(&[Reply::created(NEW)])
        .refuses(&[Refused::conflict(&["webhook_limit_reached"])]),
        PublicCall::token(
            "listWebhooks",
            ("GET", "/webhooks"),
            "List the organization's webhooks, newest first",
            list,
        )
        .scope(SCOPE)
        .feature(Feature::Webhooks)
        .answers(&[Reply::ok(MANY)]),
        PublicCall::token(
            "getWebhook",
            ("GET", "/webhooks/{webhookId}"),
            "Read a webhook",
            read,
        )
        .scope(SCOPE)
        .feature(Feature::Webhooks)
        .answers(&[Reply::ok(ONE)]),
        PublicCall::token(
            "deleteWebhook",
            ("DELETE", "/webhooks/{webhookId}"),
            "Delete a webhook and its deliveries",
            delete,
        )
        .scope(SCOPE)
        .feature(Feature::Webhooks)
        .answers(&[Reply::ok(DELETED)]),
    ],
};

const HOOK: Shape = Shape::Named(
    "Webhook",
    &[&[
        has("id", Shape::Text),
        has("url", Shape::Url),
        has("eventTypes", Shape::List(&Shape::OneOf(&UpdateKind::NAMES))),
        has("status", Shape::OneOf(&["ACTIVE", "DISABLED"])),
        has("createdAt", Shape::Time),
        or_null("disabledAt", Shape::Time),
        or_null("disabledReason", Shape::Text),
    ]],
);
const NEW: Shape = Shape::Object(&[
    has("webhook", HOOK),
    has("secret", Shape::Text),
    has("message", Shape::Text),
]);
const MANY: Shape = Shape::Object(&[has("webhooks", Shape::List(&HOOK))]);
const ONE: Shape = Shape::Object(&[has("webhook", HOOK)]);
const DELETED: Shape = Shape::Object(&[has("webhook", HOOK), has("deleted", Shape::Flag)]);

fn create(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let body = caller.request.body()?;
    let url = body.get("url").to_owned();
    let types = event_types(caller, &body.texts("eventTypes").unwrap_or_default())?;
    let organization = caller.organization();
    let id = market.add_webhook(organization, url, types, caller.now())?;
    let hook = market.own_webhook(organization, &id)?;
    created(json!({
        "webhook": body_of(hook),
        "secret": hook.secret,
        "message": "Store the secret now: it is not shown again.",
    }))
}

/// The types, each once, whose read scopes the caller has.
fn event_types(caller: &Caller<'_>, names: &[&str]) -> Result<Vec<&'static str>, Refusal> {
    let kinds: Vec<UpdateKind> = names
        .iter()
        .filter_map(|name| UpdateKind::parse(name))
        .collect();
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

fn list(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let hooks = market.webhooks_of(caller.organization()).rev();
    let hooks: Vec<Value> = hooks.map(body_of).collect();
    ok(json!({"webhooks": hooks}))
}

fn read(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let hook = market.own_webhook(caller.organization(), caller.id())?;
    ok(json!({"webhook": body_of(hook)}))
}

/// Deletes a webhook and its deliveries.
fn delete(caller: &Caller<'_>, market: &mut Market) -> Answer {
    let body = body_of(market.own_webhook(caller.organization(), caller.id())?);
    market.world.post.forget(caller.id());
    ok(json!({"webhook": body, "deleted": true}))
}
