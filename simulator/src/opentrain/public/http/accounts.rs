//! The caller and its tokens.

use jiff::Timestamp;
use serde_json::json;

use super::caller::Caller;
use crate::{
    opentrain::{
        public::{
            market::accounts::parse_scopes,
            schema::{Checked, at, time},
            token::TokenRecord,
        },
        world::World,
    },
    refusal::Refusal,
    reply::{Answer, created, ok},
};

pub(super) fn me(caller: &Caller<'_>, world: &mut World) -> Answer {
    let actor = &caller.actor;
    let employer = world.employer(&actor.organization)?;
    let user = world.public.users.get(&actor.user);
    let user = user.ok_or_else(|| Refusal::not_found("user"))?;
    let token = world.public.tokens.get(&actor.token);
    let mut members = employer.members.iter();
    let membership = members.find(|own| own.user == actor.user);
    ok(json!({
        "actor": {
            "userId": user.id,
            "email": user.email,
            "firstName": user.first_name,
            "lastName": user.last_name,
            "fullName": user.full_name(),
            "userType": "EMPLOYER",
        },
        "token": {
            "id": actor.token,
            "label": token.map(|token| &token.name),
            "scopes": actor.scopes,
            "ownerOrganizationId": actor.organization,
        },
        "account": {
            "kind": "employer_organization",
            "organizationId": actor.organization,
            "ownerUserId": employer.owner,
            "memberRole": membership.map(|own| own.role),
        },
    }))
}

pub(super) fn create_token(caller: &Caller<'_>, world: &mut World) -> Answer {
    let body = caller.request.body()?;
    let scopes = match body.texts("scopes") {
        Some(names) => parse_scopes(&names)?,
        None => caller.actor.scopes.clone(),
    };
    let expires = expiry(&body, caller.now())?;
    let name = body.text("name").unwrap_or("API token");
    let id = world.mint_for(&caller.actor, name, scopes, expires, caller.now())?;
    let record = world.public.tokens.get(&id);
    created(json!({
        "token": world.secret(&id),
        "tokenType": "bearer",
        "metadata": record.map(|own| own.record(caller.now())),
    }))
}

fn expiry(body: &Checked, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = body.text("expiresAt") else {
        return Ok(None);
    };
    match time(text).filter(|at| *at > now) {
        Some(at) => Ok(Some(at)),
        None => Err(at("expiresAt", "must be in the future")),
    }
}

pub(super) fn list_tokens(caller: &Caller<'_>, world: &mut World) -> Answer {
    let tokens = world.tokens_of(caller.organization());
    let tokens: Vec<TokenRecord> = tokens.map(|own| own.record(caller.now())).collect();
    ok(json!({"tokens": tokens}))
}

pub(super) fn revoke_token(caller: &Caller<'_>, world: &mut World) -> Answer {
    let record = world.revoke_pat(caller.organization(), caller.id(), caller.now())?;
    ok(json!({"token": record}))
}
